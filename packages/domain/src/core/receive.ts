/**
 * A pushed document (`/auki/membership/0.0.1`), judged in this order: the hint, its form, its cluster, its author, our role, its age,
 * and whether Discovery names its author. Only what passes all is adopted.
 */
import { adoptPushed } from './adopt.ts'
import { type ClusterDocument, compareVersions, decodeDocument, isInvalid, lists } from './document.ts'
import type { Event, ReadOutcome } from './events.ts'
import { decide, onTroubleReading, readRow } from './follower.ts'
import { slotOf } from './lease.ts'
import { onSuccessorDocument } from './leaving.ts'
import { onForeignDocument } from './manager.ts'
import { noteAnswer } from './rows.ts'
import type { State } from './state.ts'
import type { Turn } from './turn.ts'

type Received = Extract<Event, { type: 'document-received' }>

export function onDocument(turn: Turn, event: Received): void {
  if (event.handoverTo !== undefined && event.peer === slotOf(turn.state) && turn.urged('handover')) readRow(turn)
  const document = event.invalid === undefined ? decodeDocument(event.membershipJson) : { invalid: event.invalid }
  const refusal = refuse(turn, event, document)
  if (refusal !== undefined || isInvalid(document)) {
    turn.log('debug', 'ignored a membership document', { from: event.peer, reason: refusal ?? 'it is not a document' })
    return
  }
  switch (turn.state.role.kind) {
    case 'managing':
      return onForeignDocument(turn, document.order?.epoch)
    case 'leaving':
      return onSuccessorDocument(turn, event.author, document.order?.epoch)
    case 'following':
      return judgeAge(turn, event, document)
    case 'starting':
    case 'ended':
      return
  }
}

function refuse(turn: Turn, event: Received, document: ReturnType<typeof decodeDocument>): string | undefined {
  if (isInvalid(document)) return document.invalid
  if (document.clusterName !== turn.state.clusterName) return 'it is of another cluster'
  if (event.peer !== event.author) return 'its sender is not its author'
  if (!lists(document, event.author)) return 'it does not list its author'
  return undefined
}

function judgeAge(turn: Turn, event: Received, document: ClusterDocument): void {
  if (document.order !== undefined && compareVersions(document.order, turn.state.floor) <= 0) {
    // A settled follower would never notice that the directory came back with its clock behind.
    if (event.author === slotOf(turn.state) && document.order.epoch < turn.state.floor.epoch && turn.urged('floor'))
      keepForLater(turn, event)
    return
  }
  judgeAuthor(turn, event, document)
}

function judgeAuthor(turn: Turn, event: Received, document: ClusterDocument): void {
  if (isCredible(turn.state, event.author, document)) return adoptPushed(turn, event.author, document)
  if (turn.urged('author')) keepForLater(turn, event)
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
function keepForLater(turn: Turn, { peer, author, membershipJson }: Received): void {
  turn.set({ pending: { peer, author, membershipJson } })
  readRow(turn)
}

/** The follower's question about the row is answered: first what waited for it is judged, then the row itself. */
export function onFollowerRead(turn: Turn, no: number, outcome: ReadOutcome): void {
  const read = turn.following()?.read
  if (read === undefined || read.no !== no) return
  turn.follow({ read: undefined })
  if (outcome.kind === 'trouble') {
    turn.set({ pending: undefined })
    onTroubleReading(turn)
  } else {
    const sight = noteAnswer(turn, outcome, read.sentAt)
    if (!adoptPending(turn)) decide(turn, sight)
  }
  if (read.again) readRow(turn)
}

/** `true`: the document that waited is now ours. */
function adoptPending(turn: Turn): boolean {
  const { pending } = turn.state
  if (pending === undefined) return false
  turn.set({ pending: undefined })
  const document = decodeDocument(pending.membershipJson)
  if (isInvalid(document)) return false
  if (document.order !== undefined && compareVersions(document.order, turn.state.floor) <= 0) return false
  if (!isCredible(turn.state, pending.author, document)) return false
  adoptPushed(turn, pending.author, document)
  return true
}
