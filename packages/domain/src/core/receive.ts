/**
 * A pushed document (`/auki/membership/0.0.1`), judged in this order: its cluster, its author, our role, its age, and whether Discovery
 * names its author. Only what passes all is adopted. The hint of a hand-over is heard before, whatever comes with it.
 */
import { adoptPushed } from './adopt.ts'
import { type ClusterDocument, compareVersions, lists } from './document.ts'
import { type Draft, inRole } from './draft.ts'
import type { Event, PeerId, ReadOutcome } from './events.ts'
import { decide, onTroubleReading, readRow } from './follower.ts'
import { slotOf } from './lease.ts'
import type { Following } from './role.ts'
import { noteAnswer } from './rows.ts'
import type { State } from './state.ts'

type Received = Extract<Event, { type: 'document-received' }>

/** The document in an event, where it is one of this cluster and by its sender. */
export function accepted(draft: Draft, event: Received): ClusterDocument | undefined {
  const refusal = refuse(draft, event)
  if (refusal === undefined) return event.document
  draft.log('debug', 'ignored a membership document', { from: event.peer, reason: refusal })
  return undefined
}

/** Our Manager hands its role over: look at the row. */
export function onHandoverHint(draft: Draft<Following>, peer: PeerId): void {
  if (peer === slotOf(draft.state) && draft.urged('handover')) readRow(draft)
}

export function onFollowerDocument(draft: Draft<Following>, event: Received): void {
  if (accepted(draft, event) !== undefined) judgeAge(draft, event)
}

function refuse(draft: Draft, { peer, author, document }: Received): string | undefined {
  if (document.clusterName !== draft.state.clusterName) return 'it is of another cluster'
  if (peer !== author) return 'its sender is not its author'
  if (!lists(document, author)) return 'it does not list its author'
  return undefined
}

function judgeAge(draft: Draft<Following>, event: Received): void {
  const { document } = event
  if (document.order !== undefined && compareVersions(document.order, draft.state.floor) <= 0) {
    // A settled follower would never notice that the directory came back with its clock behind.
    if (event.author === slotOf(draft.state) && document.order.epoch < draft.state.floor.epoch && draft.urged('floor'))
      keepForLater(draft, event)
    return
  }
  judgeAuthor(draft, event)
}

function judgeAuthor(draft: Draft<Following>, event: Received): void {
  const { author, document } = event
  if (isCredible(draft.state, author, document)) return adoptPushed(draft, author, document)
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
function keepForLater(draft: Draft<Following>, { author, document }: Received): void {
  draft.follow({ pending: { author, document } })
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
  const { author, document } = pending
  if (document.order !== undefined && compareVersions(document.order, draft.state.floor) <= 0) return false
  if (!isCredible(draft.state, author, document)) return false
  adoptPushed(draft, author, document)
  return true
}
