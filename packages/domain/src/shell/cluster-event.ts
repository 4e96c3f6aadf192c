import type { DiagnosticMessage } from '@auki/network'
import type { Announcement } from '../core/index.ts'
import type { EventsDropped } from './events.ts'

/** What happens to a presence, as it happens; the union every reader gets. */
export type PublishedEvent =
  | Announcement
  /** Others are told other addresses of ours from now on. */
  | { readonly type: 'addresses-changed'; readonly multiaddrs: readonly string[] }
  /** The machine slept, the process was stopped or its event loop was blocked for about `ms`; a wall clock set forward by more than 1 s looks the same. */
  | { readonly type: 'suspended-for'; readonly ms: number }
  | { readonly type: 'diagnostic-received'; readonly peerId: string; readonly message: DiagnosticMessage }
  /** The presence is over; nothing follows. */
  | { readonly type: 'left' }

/** What an app hears of its presence; a reader that falls behind is told how many events it missed. */
export type ClusterEvent = PublishedEvent | EventsDropped
