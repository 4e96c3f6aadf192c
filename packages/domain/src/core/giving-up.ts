/**
 * The Manager that lost everybody at once is more likely cut off than they are: it gives the row up so that they can go on,
 * and comes back only when nobody wanted it for a while.
 */
import { reconcileWatch } from './contacts.ts'
import { createRow, setNext } from './election.ts'
import type { PeerId, Row } from './events.ts'
import { aimHeartbeats, allowMembers } from './membership.ts'
import { refuseAdmissions, settled, unsettledUntil } from './promotion.ts'
import { mayBeManager, mayReign } from './ranking.ts'
import { recheckAt } from './recheck.ts'
import type { Sight } from './rows.ts'
import { discoveryRequestMs } from './settings.ts'
import type { GaveUp, Managing } from './state.ts'
import type { Turn } from './turn.ts'

/** Were all other members lost within one loss timeout, and at least two that could have become Manager? */
export function cutOff(turn: Turn, role: Managing, lost: readonly PeerId[]): boolean {
  const { document, settings } = turn.state
  const remaining = document.peers.filter((member) => member.peerId !== turn.me && !lost.includes(member.peerId))
  if (remaining.length > 0) return false
  const now = document.peers.filter((member) => lost.includes(member.peerId) && mayBeManager(member)).length
  const before = role.losses.filter((loss) => loss.heir && turn.ms - loss.at <= settings.peerLossTimeoutMs).length
  return now + before >= 2
}

export function giveUpRow(turn: Turn, role: Managing): void {
  turn.log('warn', 'lost all members at once: giving the row up to them', { cluster: turn.state.clusterName })
  refuseAdmissions(turn)
  turn.become({
    ...settled(undefined),
    gaveUp: { goneAt: undefined },
    unsettled: unsettledUntil({ kind: 'recheck', at: recheckAt(turn) })
  })
  turn.emit({ type: 'domain-clock', action: 'withdraw' })
  aimHeartbeats(turn)
  allowMembers(turn)
  reconcileWatch(turn, { afresh: true })
  deleteRow(turn, role.revision)
}

/** Without a revision anybody's row could be hit: then it is left to be swept. */
function deleteRow(turn: Turn, revision: number | undefined): void {
  if (revision === undefined) return
  const no = turn.number()
  turn.follow({ deleting: no })
  turn.emit({ type: 'delete-row', no, name: turn.state.clusterName, revision, timeoutMs: discoveryRequestMs })
}

export function onDeleted(turn: Turn, no: number, done: boolean): void {
  const role = turn.following()
  if (role?.deleting !== no) return
  turn.follow({ deleting: undefined })
  if (done && role.gaveUp !== undefined) decideAfterGivingUp(turn, role.gaveUp, { kind: 'absent' })
}

/** `true`: decided here. Another's row is followed, and a row handed to us claimed, as by any follower. */
export function decideAfterGivingUp(turn: Turn, gaveUp: GaveUp, sight: Sight): boolean {
  if (sight.kind === 'absent') {
    waitForNobody(turn, gaveUp.goneAt ?? turn.ms)
    return true
  }
  const { row } = sight
  if (row.manager !== turn.me || row.instance === '') {
    turn.follow({ gaveUp: undefined })
    return false
  }
  notClaimed(turn, row)
  return true
}

/** The row stayed although we deleted it, or the DELETE got lost: what was given up is not taken back. Another process's row is left alone. */
function notClaimed(turn: Turn, { instance, revision }: Row): void {
  turn.follow({ gaveUp: { goneAt: undefined } })
  setNext(turn, { kind: 'recheck', at: recheckAt(turn) })
  if (instance === turn.state.self.instance && turn.urged('delete')) deleteRow(turn, revision)
}

/** Gone, and nobody took it: after the grace it is ours again. */
function waitForNobody(turn: Turn, goneAt: number): void {
  const dueAt = goneAt + turn.state.settings.joinerGraceMs
  turn.follow({ gaveUp: { goneAt } })
  if (turn.ms >= dueAt && mayReign(turn)) createRow(turn)
  else setNext(turn, { kind: 'recheck', at: turn.ms < dueAt ? Math.min(dueAt, recheckAt(turn)) : recheckAt(turn) })
}
