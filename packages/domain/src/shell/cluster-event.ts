import type { DiagnosticMessage } from '@auki/network'
import type { Announcement } from '../core/index.ts'
import type { EventsDropped } from './events.ts'

/** What happens to a presence, as it happens; the union every reader gets. */
export type PublishedEvent =
  | Announcement
  | { readonly type: 'diagnostic-received'; readonly peerId: string; readonly message: DiagnosticMessage }
  /** The presence is over; nothing follows. */
  | { readonly type: 'left' }

/** What an app hears of its presence; a reader that falls behind is told how many events it missed. */
export type ClusterEvent = PublishedEvent | EventsDropped
