/**
 * A Manager among its members and before the row: whom it evicts, when it doubts itself, what the watch tells it.
 * The answers to its liveness tick are in `tick.ts`.
 */
import { reconcileWatch } from './contacts.ts'
import { memberOf } from './document.ts'
import type { PeerId, Row } from './events.ts'
import { cutOff, giveUpRow } from './giving-up.ts'
import { changeMembers, pushSoon } from './gossip.ts'
import { mayCommit } from './lease.ts'
import { aimHeartbeats, allowMembers } from './membership.ts'
import { stepDown } from './promotion.ts'
import { mayBeManager } from './ranking.ts'
import { noteEvent } from './rows.ts'
import { tickAtOnce } from './tick.ts'
import type { Turn } from './turn.ts'

/** Members fell silent. A headless Manager evicts nobody; they are judged again when it is confirmed. */
export function onMembersLost(turn: Turn, lost: readonly PeerId[]): void {
  const role = turn.managing()
  if (role === undefined || lost.length === 0 || !mayCommit(turn.state, turn.now)) return
  if (cutOff(turn, role, lost)) return giveUpRow(turn, role)
  const gone = lost.flatMap((peer) => memberOf(turn.state.document, peer) ?? [])
  const recent = role.losses.filter((loss) => turn.ms - loss.at <= turn.state.settings.peerLossTimeoutMs)
  turn.manage({ losses: [...recent, ...gone.map((member) => ({ heir: mayBeManager(member), at: turn.ms }))] })
  removeMembers(turn, lost)
}

/** Out of the document, the allow-list, the targets, and told to the others. */
export function removeMembers(turn: Turn, gone: readonly PeerId[]): void {
  dropFromDocument(turn, gone)
  spreadMembers(turn)
}

/** `true`: one of them was a member. */
export function dropFromDocument(turn: Turn, gone: readonly PeerId[]): boolean {
  const peers = turn.state.document.peers.filter((member) => !gone.includes(member.peerId))
  if (peers.length === turn.state.document.peers.length) return false
  changeMembers(turn, peers)
  return true
}

export function spreadMembers(turn: Turn): void {
  allowMembers(turn)
  aimHeartbeats(turn)
  reconcileWatch(turn)
  pushSoon(turn)
}

/** The watch shows a row; it may be late, so what it shows only counts above the revision we hold. */
export function onManagerWatch(turn: Turn, change: 'created' | 'rotated' | 'swept' | 'deleted' | 'snapshot', row: Row | undefined): void {
  const role = turn.managing()
  if (role === undefined) return
  if (row === undefined || change === 'swept' || change === 'deleted') {
    if (row === undefined || (row.revision ?? 0) >= (role.revision ?? 0)) tickAtOnce(turn)
    return
  }
  if (row.revision === undefined || row.revision <= (role.revision ?? 0)) return
  if (row.manager !== turn.me) {
    noteEvent(turn, row, false)
    stepDown(turn, row)
  } else {
    // Ours, or one that an earlier or second process of ours made: the next answer tells.
    if (row.instance === '' || row.instance === turn.state.self.instance) turn.manage({ revision: row.revision })
    tickAtOnce(turn)
  }
}

/** Another author claims a higher reign: Discovery knows. */
export function onForeignDocument(turn: Turn, epoch: number | undefined): void {
  const mine = turn.state.document.order?.epoch
  if (epoch !== undefined && mine !== undefined && epoch <= mine) return
  if (turn.urged('liveness')) tickAtOnce(turn)
}
