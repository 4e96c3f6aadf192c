/**
 * Two processes of one identity as members.
 *
 * The Manager knows which process of a member it let in last, and which ones that one superseded. A superseded process that asks again
 * while its successor is alive is told so, and ends. Only beats of the successor after its own Accept prove that it lives: a JoinRequest may
 * have waited on the way while its process died.
 */
import { heard, updateContact } from './contacts.ts'
import { memberOf } from './document.ts'
import type { PeerId } from './events.ts'
import { heardMs, supersededMax } from './settings.ts'
import type { Admission } from './state.ts'
import type { Turn } from './turn.ts'

/** The process of a member that was let in last, and whom it superseded. Times are monotonic ms. */
export interface KnownProcess {
  /** Empty: it does not say. */
  readonly instance: string
  readonly acceptedAt: number
  readonly heardAt: number | undefined
  /** Oldest first. */
  readonly superseded: readonly string[]
  readonly switchedAt: number
  /** The log has been told that the other process does not name itself. */
  readonly warned: boolean
}

/** The Reject that ends a presence. */
export const identityInUse = 'identity in use'

type Asking = Pick<Admission, 'peer' | 'instance' | 'observer'>

/** Is this asker one process too many of a member? */
export function isOneTooMany(turn: Turn, { peer, instance, observer }: Asking): boolean {
  const member = memberOf(turn.state.document, peer)
  if (member === undefined) return false
  const { process: known, heardAs } = turn.state.contacts.get(peer) ?? {}
  // Whoever only looks gives way to whoever does the work, in whatever order they came.
  if (observer !== member.observer)
    return observer && (isOther(turn, known, instance) || (instance !== '' && heardAs === '' && heard(turn, peer)))
  if (known === undefined) return false
  return known.superseded.includes(instance) && isAlive(turn, known)
}

const isAlive = (turn: Turn, { acceptedAt, heardAt }: KnownProcess): boolean =>
  heardAt !== undefined && heardAt >= acceptedAt && turn.ms - heardAt <= heardMs

/** The asker is connected already, so beats may also be its own. */
const isOther = (turn: Turn, known: KnownProcess | undefined, instance: string): boolean =>
  known !== undefined && known.instance !== instance && known.heardAt !== undefined && turn.ms - known.heardAt <= heardMs

/** It was let in: from now on this is the member's process. */
export function noteAccepted(turn: Turn, { peer, instance }: Asking): void {
  const known = turn.state.contacts.get(peer)?.process
  const entry = { instance, acceptedAt: turn.ms, heardAt: undefined, switchedAt: turn.ms }
  if (known === undefined) {
    if (instance !== '') updateContact(turn, peer, { process: { ...entry, superseded: [], warned: false } })
    return
  }
  if (known.instance === instance) return
  const superseded = [...known.superseded, known.instance].filter((old) => old !== instance && old !== '').slice(-supersededMax)
  const warned = warnOfReference(turn, peer, known, instance)
  updateContact(turn, peer, { process: { ...entry, superseded, warned } })
  // Both are connected: our beats have led to the other one so far.
  turn.emit({ type: 'switch-connection', peer })
}

/** A process that does not name itself can't be told to end. */
function warnOfReference(turn: Turn, peer: PeerId, known: KnownProcess, instance: string): boolean {
  if (known.warned || (known.instance !== '' && instance !== '') || !heard(turn, peer)) return known.warned
  turn.log('warn', 'two processes seem to use the identity of one member, and one of them does not name itself: stop one', { peer })
  return true
}

/** What a beat tells of its sender's process. */
export function processHeard(turn: Turn, peer: PeerId, instance: string | undefined): KnownProcess | undefined {
  const known = turn.state.contacts.get(peer)?.process
  if (turn.managing() === undefined || instance === undefined) return known
  if (known === undefined) return { instance, acceptedAt: turn.ms, heardAt: turn.ms, superseded: [], switchedAt: turn.ms, warned: false }
  if (known.instance === instance) return { ...known, heardAt: turn.ms }
  if (turn.ms - Math.max(known.heardAt ?? known.acceptedAt, known.switchedAt) <= heardMs) return known
  turn.emit({ type: 'switch-connection', peer })
  return { ...known, switchedAt: turn.ms }
}
