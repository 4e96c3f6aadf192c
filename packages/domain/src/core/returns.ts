/** Members that come back: what the app hears of it, and whether another process of theirs came. */

import { contactOf } from './contact-book.ts'
import { type ClusterMember, lists } from './document.ts'
import type { Draft } from './draft.ts'
import type { PeerId } from './events.ts'
import { leftMax } from './settings.ts'
import type { Joiner } from './state.ts'

/** A member that left. `instance`: its process, where its heartbeats told us; else empty. */
export interface Left {
  readonly peerId: PeerId
  readonly joinTsNs: bigint
  readonly instance: string
}

/** The process of a peer that was let in last, or that we heard last; empty: not known. */
function processOf(draft: Draft, peer: PeerId): string {
  const contact = contactOf(draft.state.contacts, peer)
  return contact?.process?.instance ?? contact?.heardAs ?? ''
}

const differs = (before: string, after: string): boolean => before !== '' && after !== '' && before !== after

/** A member asks once more, and will be let in: it had not left. */
export function tellReturn(draft: Draft, { peer, instance }: Pick<Joiner, 'peer' | 'instance'>): void {
  if (!lists(draft.state.document, peer)) return
  const newSession = differs(processOf(draft, peer), instance)
  draft.emit({ type: 'announce', announcement: { type: 'member-rejoined', peerId: peer, newSession } })
}

/** These have left: remembered for when they come back, the latest ones. */
export const withLeft = (draft: Draft, left: readonly Left[], gone: readonly ClusterMember[]): readonly Left[] =>
  gone.length === 0
    ? left
    : [...left, ...gone.map(({ peerId, joinTsNs }) => ({ peerId, joinTsNs, instance: processOf(draft, peerId) }))].slice(-leftMax)

/** One of these is in again. Where nobody told us its process, the join time does: it is a new one's unless the Manager kept it. */
export function isNewSession(draft: Draft, left: Left, { peerId, joinTsNs }: ClusterMember): boolean {
  const instance = processOf(draft, peerId)
  return left.instance !== '' && instance !== '' ? left.instance !== instance : left.joinTsNs !== joinTsNs
}
