/**
 * Members that say goodbye (`/auki/leave/0.0.1`): out of the document at once, off the allow-list only when they know it,
 * or the disconnect would overtake the acknowledgement.
 */
import type { PeerId } from './events.ts'
import { mayCommit } from './lease.ts'
import { dropFromDocument, spreadMembers } from './manager.ts'
import { departureMs } from './settings.ts'
import type { Turn } from './turn.ts'

export function onLeaveRequested(turn: Turn, ticket: number, peer: PeerId): void {
  const acknowledged = mayCommit(turn.state, turn.now)
  if (acknowledged && dropFromDocument(turn, [peer]))
    turn.set({ departing: [...turn.state.departing, { peer, until: turn.ms + departureMs }] })
  turn.emit({ type: 'answer-leave', ticket, acknowledged })
}

export function onLeaveAcknowledged(turn: Turn, peer: PeerId): void {
  depart(turn, (leaver) => leaver.peer === peer)
}

export function wakeDepartures(turn: Turn): void {
  depart(turn, (leaver) => turn.ms >= leaver.until)
}

function depart(turn: Turn, gone: (leaver: { readonly peer: PeerId; readonly until: number }) => boolean): void {
  if (!turn.state.departing.some(gone)) return
  turn.set({ departing: turn.state.departing.filter((leaver) => !gone(leaver)) })
  if (turn.managing() !== undefined) spreadMembers(turn)
}
