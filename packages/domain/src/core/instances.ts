/**
 * Two processes of one identity as members.
 *
 * The Manager knows which process of a member it let in last, and which ones that one superseded. A superseded process that asks again
 * while its successor is alive is told so, and ends. Only beats of the successor after its own Accept prove that it lives: a JoinRequest may
 * have waited on the way while its process died.
 */
import { contactOf } from './contact-book.ts'
import { heard, updateContact } from './contacts.ts'
import { memberOf } from './document.ts'
import { type Draft, inRole } from './draft.ts'
import type { PeerId } from './events.ts'
import { heardMs, supersededMax } from './settings.ts'
import type { Contact, Joiner } from './state.ts'

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

type Asking = Pick<Joiner, 'peer' | 'instance' | 'observer'>

/** Is this asker one process too many of a member? */
export function isOneTooMany(draft: Draft, { peer, instance, observer }: Asking): boolean {
  const member = memberOf(draft.state.document, peer)
  if (member === undefined) return false
  const { process: known, heardAs } = contactOf(draft.state.contacts, peer) ?? {}
  // Whoever only looks gives way to whoever does the work, in whatever order they came.
  if (observer !== member.observer)
    return observer && (isOther(draft, known, instance) || (instance !== '' && heardAs === '' && heard(draft, peer)))
  if (known === undefined) return false
  return known.superseded.includes(instance) && isAlive(draft, known)
}

const isAlive = (draft: Draft, { acceptedAt, heardAt }: KnownProcess): boolean =>
  heardAt !== undefined && heardAt >= acceptedAt && draft.ms - heardAt <= heardMs

/** The asker is connected already, so beats may also be its own. */
const isOther = (draft: Draft, known: KnownProcess | undefined, instance: string): boolean =>
  known !== undefined && known.instance !== instance && known.heardAt !== undefined && draft.ms - known.heardAt <= heardMs

/** It was let in: from now on this is the member's process. */
export function noteAccepted(draft: Draft, { peer, instance }: Asking): void {
  const known = contactOf(draft.state.contacts, peer)?.process
  const entry = { instance, acceptedAt: draft.ms, heardAt: undefined, switchedAt: draft.ms }
  if (known === undefined) {
    if (instance !== '') updateContact(draft, peer, { process: { ...entry, superseded: [], warned: false } })
    return
  }
  if (known.instance === instance) return
  const superseded = [...known.superseded, known.instance].filter((old) => old !== instance && old !== '').slice(-supersededMax)
  const warned = warnOfReference(draft, peer, known, instance)
  updateContact(draft, peer, { process: { ...entry, superseded, warned } })
  // Both are connected: our beats have led to the other one so far.
  draft.emit({ type: 'switch-connection', peer })
}

/** A process that does not name itself can't be told to end. */
function warnOfReference(draft: Draft, peer: PeerId, known: KnownProcess, instance: string): boolean {
  if (known.warned || (known.instance !== '' && instance !== '') || !heard(draft, peer)) return known.warned
  draft.log('warn', 'two processes seem to use the identity of one member, and one of them does not name itself: stop one', { peer })
  return true
}

/** What a beat tells of its sender's process. */
export function processHeard(
  draft: Draft,
  { peer, process: known }: Pick<Contact, 'peer' | 'process'>,
  instance: string | undefined
): KnownProcess | undefined {
  if (!inRole(draft, 'managing') || instance === undefined) return known
  if (known === undefined) return { instance, acceptedAt: draft.ms, heardAt: draft.ms, superseded: [], switchedAt: draft.ms, warned: false }
  if (known.instance === instance) return { ...known, heardAt: draft.ms }
  if (draft.ms - Math.max(known.heardAt ?? known.acceptedAt, known.switchedAt) <= heardMs) return known
  draft.emit({ type: 'switch-connection', peer })
  return { ...known, switchedAt: draft.ms }
}
