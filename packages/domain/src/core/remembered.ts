/** Join times of members that were evicted: who comes back within a loss timeout of its last heartbeat gets its own again, or each restart by a supervisor would cost its seniority. */
import { contactOf } from './contact-book.ts'
import { memberOf } from './document.ts'
import { type Draft, inRole } from './draft.ts'
import type { PeerId } from './events.ts'
import type { Managing } from './role.ts'

/** Of a member that is about to be evicted. */
export function rememberJoinTime(draft: Draft<Managing>, peer: PeerId): void {
  const member = memberOf(draft.state.document, peer)
  const heardAt = contactOf(draft.state.contacts, peer)?.heardAt ?? Number.NEGATIVE_INFINITY
  // It may have come back and gone without a beat in between.
  const before = draft.role.remembered.find((known) => known.peer === peer)?.until ?? Number.NEGATIVE_INFINITY
  const until = Math.max(before, heardAt + draft.state.settings.peerLossTimeoutMs)
  const kept = draft.role.remembered.filter((known) => draft.ms < known.until && known.peer !== peer)
  const more = member !== undefined && draft.ms < until ? [{ peer, joinTsNs: member.joinTsNs, until }] : []
  draft.manage({ remembered: [...kept, ...more].slice(-draft.state.settings.maxMembers) })
}

/** When somebody who joins did so first: now, unless it was a member a moment ago. */
export function joinTimeOf(draft: Draft, peer: PeerId): bigint {
  const remembered = inRole(draft, 'managing') ? draft.role.remembered : []
  return remembered.find((known) => known.peer === peer && draft.ms < known.until)?.joinTsNs ?? draft.now.wallNs
}
