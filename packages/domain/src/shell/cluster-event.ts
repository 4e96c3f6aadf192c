import type { DiagnosticMessage } from '@auki/network'
import type { Announcement } from '../core/index.ts'
import type { EventsDropped } from './event-hub.ts'

/** What happens to a presence; see {@link ClusterEvent}. */
export type PublishedEvent =
  | Announcement
  /** Others are told other addresses of ours from now on. */
  | { readonly type: 'addresses-changed'; readonly multiaddrs: readonly string[] }
  /** The machine slept, the process was stopped or its event loop was blocked for about `ms`; a wall clock set forward by more than 1 s looks the same. */
  | { readonly type: 'suspended-for'; readonly ms: number }
  | { readonly type: 'diagnostic-received'; readonly peerId: string; readonly message: DiagnosticMessage }
  /** The presence is over; nothing follows. */
  | { readonly type: 'left' }

/**
 * What an app hears of its presence. By `type`:
 *
 * - `member-joined`, `member-left` (`peerId`): the membership changed; a member that was evicted or lost has left, too.
 * - `member-rejoined` (`peerId`, `newSession`): a member was let in once more: one that had left, after its `member-joined`; at the Manager also one that asked
 *   anew, as after a move or a sleep. `newSession`: another process than before, as far as is known; by its join time where we are not the Manager.
 * - `rejoined`: the Manager took us in once more, after a loss, a sleep or a move.
 * - `manager-changed` (`managerPeerId`): we believe another peer to be Manager; `undefined`: nobody.
 * - `role-changed` (`role`): our own role, as {@link ClusterManager.role}.
 * - `discovery-lost`, `discovery-regained`: Discovery has not answered for a while; it answers again. The cluster goes on meanwhile.
 * - `gate-missing`: we became Manager of a cluster that a gate guarded, and have none: everybody is admitted from now on.
 * - `addresses-changed` (`multiaddrs`): we tell others these addresses of ours from now on.
 * - `suspended-for` (`ms`): nothing ran for that long; what happened meanwhile may have been missed.
 * - `diagnostic-received` (`peerId`, `message`): a member sent a diagnostic message.
 * - `events-dropped` (`count`): this reader fell behind by more than 256 events and missed so many. Handlers of `Domain.on` miss none.
 * - `left`: the presence is over; nothing follows.
 */
export type ClusterEvent = PublishedEvent | EventsDropped
