/**
 * Members that say goodbye (`/auki/leave/0.0.1`): out of the document at once, off the allow-list only when they know it,
 * or the disconnect would overtake the acknowledgement.
 */

import { type Draft, inRole } from './draft.ts'
import type { PeerId } from './events.ts'
import { mayCommit } from './lease.ts'
import { dropFromDocument, spreadMembers } from './manager.ts'
import type { Managing } from './role.ts'
import { departureMs } from './settings.ts'
import { setDeparting } from './waiting.ts'

export function onLeaveRequested(draft: Draft<Managing>, ticket: number, peer: PeerId): void {
  const acknowledged = mayCommit(draft.state, draft.now)
  if (acknowledged && dropFromDocument(draft, [peer]))
    setDeparting(draft, [...draft.state.departing, { peer, until: draft.ms + departureMs }])
  draft.emit({ type: 'answer-leave', ticket, acknowledged })
}

export function onLeaveAcknowledged(draft: Draft, peer: PeerId): void {
  depart(draft, (leaver) => leaver.peer === peer)
}

/** Their acknowledgement never got out. */
export function onDeparturesDue(draft: Draft): void {
  depart(draft, (leaver) => draft.ms >= leaver.until)
}

function depart(draft: Draft, gone: (leaver: { readonly peer: PeerId; readonly until: number }) => boolean): void {
  if (!draft.state.departing.some(gone)) return
  setDeparting(
    draft,
    draft.state.departing.filter((leaver) => !gone(leaver))
  )
  if (inRole(draft, 'managing')) spreadMembers(draft)
}
