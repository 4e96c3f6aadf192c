/**
 * A pushed document (`/auki/membership/0.0.1`), judged in this order: the hint, its form, its cluster, its author, our role, its age,
 * and whether Discovery names its author. Only what passes all is adopted.
 */
import { adoptPushed } from './adopt.ts'
import { type ClusterDocument, compareVersions, decodeDocument, isInvalid, lists } from './document.ts'
import { type Draft, inRole } from './draft.ts'
import type { Event, ReadOutcome } from './events.ts'
import { decide, onTroubleReading, readRow } from './follower.ts'
import { slotOf } from './lease.ts'
import { noteAnswer } from './rows.ts'
import type { Following, State } from './state.ts'

type Received = Extract<Event, { type: 'document-received' }>

/** The document in an event, where it is one of this cluster and by its sender. */
export function accepted(draft: Draft, event: Received): ClusterDocument | undefined {
  const document = event.invalid === undefined ? decodeDocument(event.membershipJson) : { invalid: event.invalid }
  const refusal = refuse(draft, event, document)
  if (refusal !== undefined || isInvalid(document)) {
    draft.log('debug', 'ignored a membership document', { from: event.peer, reason: refusal ?? 'it is not a document' })
    return undefined
  }
  return document
}

export function onFollowerDocument(draft: Draft<Following>, event: Received): void {
  if (event.handoverTo !== undefined && event.peer === slotOf(draft.state) && draft.urged('handover')) readRow(draft)
  const document = accepted(draft, event)
  if (document !== undefined) judgeAge(draft, event, document)
}

function refuse(draft: Draft, event: Received, document: ReturnType<typeof decodeDocument>): string | undefined {
  if (isInvalid(document)) return document.invalid
  if (document.clusterName !== draft.state.clusterName) return 'it is of another cluster'
  if (event.peer !== event.author) return 'its sender is not its author'
  if (!lists(document, event.author)) return 'it does not list its author'
  return undefined
}

function judgeAge(draft: Draft<Following>, event: Received, document: ClusterDocument): void {
  if (document.order !== undefined && compareVersions(document.order, draft.state.floor) <= 0) {
    // A settled follower would never notice that the directory came back with its clock behind.
    if (event.author === slotOf(draft.state) && document.order.epoch < draft.state.floor.epoch && draft.urged('floor'))
      keepForLater(draft, event)
    return
  }
  judgeAuthor(draft, event, document)
}

function judgeAuthor(draft: Draft<Following>, event: Received, document: ClusterDocument): void {
  if (isCredible(draft.state, event.author, document)) return adoptPushed(draft, event.author, document)
  if (draft.urged('author')) keepForLater(draft, event)
}

function isCredible(state: State, author: string, document: ClusterDocument): boolean {
  return follows(state, author, document) || named(state, author, document)
}

/** Our Manager's own word; an unversioned one, which shows no reign, only while no newer row names another. */
function follows(state: State, author: string, document: ClusterDocument): boolean {
  if (author !== slotOf(state)) return false
  const row = state.newest?.row
  return document.order !== undefined || row === undefined || row.manager === author
}

/** Does the newest row name the author, and for a versioned document under its very reign? */
function named(state: State, author: string, document: ClusterDocument): boolean {
  const row = state.newest?.row
  return row?.manager === author && (document.order === undefined || row.revision === document.order.epoch)
}

/** Read the row and judge again; without an answer it is not adopted. */
function keepForLater(draft: Draft<Following>, { peer, author, membershipJson }: Received): void {
  draft.follow({ pending: { peer, author, membershipJson } })
  readRow(draft)
}

/** The follower's question about the row is answered: first what waited for it is judged, then the row itself. */
export function onFollowerRead(draft: Draft<Following>, no: number, outcome: ReadOutcome): void {
  const { read } = draft.role
  if (read === undefined || read.no !== no) return
  draft.follow({ read: undefined })
  draft.disarm('read')
  if (outcome.kind === 'trouble') {
    draft.follow({ pending: undefined })
    onTroubleReading(draft)
  } else {
    const sight = noteAnswer(draft, outcome, read.sentAt)
    if (!adoptPending(draft)) decide(draft, sight)
  }
  if (read.again && inRole(draft, 'following')) readRow(draft)
}

/** `true`: the document that waited is now ours. */
function adoptPending(draft: Draft<Following>): boolean {
  const { pending } = draft.role
  if (pending === undefined) return false
  draft.follow({ pending: undefined })
  const document = decodeDocument(pending.membershipJson)
  if (isInvalid(document)) return false
  if (document.order !== undefined && compareVersions(document.order, draft.state.floor) <= 0) return false
  if (!isCredible(draft.state, pending.author, document)) return false
  adoptPushed(draft, pending.author, document)
  return true
}
