/**
 * The Manager that lost everybody at once is more likely cut off than they are: it gives the row up so that they can go on,
 * and comes back only when nobody wanted it for a while.
 */
import { reconcileWatch } from './contacts.ts'
import type { Draft } from './draft.ts'
import { createRow, setNext } from './election.ts'
import type { PeerId, Row } from './events.ts'
import { aimHeartbeats, allowMembers } from './membership.ts'
import { refuseAdmissions, settled, unsettledUntil } from './promotion.ts'
import { mayBeManager, mayReign } from './ranking.ts'
import { recheckAt } from './recheck.ts'
import type { Sight } from './rows.ts'
import { discoveryRequestMs } from './settings.ts'
import type { GaveUp, Managing } from './state.ts'

/** Were all other members lost within one loss timeout, and at least two that could have become Manager? */
export function cutOff(draft: Draft, role: Managing, lost: readonly PeerId[]): boolean {
  const { document, settings } = draft.state
  const remaining = document.peers.filter((member) => member.peerId !== draft.me && !lost.includes(member.peerId))
  if (remaining.length > 0) return false
  const now = document.peers.filter((member) => lost.includes(member.peerId) && mayBeManager(member)).length
  const before = role.losses.filter((loss) => loss.heir && draft.ms - loss.at <= settings.peerLossTimeoutMs).length
  return now + before >= 2
}

export function giveUpRow(draft: Draft, role: Managing): void {
  draft.log('warn', 'lost all members at once: giving the row up to them', { cluster: draft.state.clusterName })
  refuseAdmissions(draft)
  draft.become({
    ...settled(undefined),
    gaveUp: { goneAt: undefined },
    unsettled: unsettledUntil({ kind: 'recheck', at: recheckAt(draft) })
  })
  draft.emit({ type: 'domain-clock', action: 'withdraw' })
  aimHeartbeats(draft)
  allowMembers(draft)
  reconcileWatch(draft, { afresh: true })
  deleteRow(draft, role.revision)
}

/** Without a revision anybody's row could be hit: then it is left to be swept. */
function deleteRow(draft: Draft, revision: number | undefined): void {
  if (revision === undefined) return
  const no = draft.number()
  draft.follow({ deleting: no })
  draft.emit({ type: 'delete-row', no, name: draft.state.clusterName, revision, timeoutMs: discoveryRequestMs })
}

export function onDeleted(draft: Draft, no: number, done: boolean): void {
  const role = draft.following()
  if (role?.deleting !== no) return
  draft.follow({ deleting: undefined })
  if (done && role.gaveUp !== undefined) decideAfterGivingUp(draft, role.gaveUp, { kind: 'absent' })
}

/** `true`: decided here. Another's row is followed, and a row handed to us claimed, as by any follower. */
export function decideAfterGivingUp(draft: Draft, gaveUp: GaveUp, sight: Sight): boolean {
  if (sight.kind === 'absent') {
    waitForNobody(draft, gaveUp.goneAt ?? draft.ms)
    return true
  }
  const { row } = sight
  if (row.manager !== draft.me || row.instance === '') {
    draft.follow({ gaveUp: undefined })
    return false
  }
  notClaimed(draft, row)
  return true
}

/** The row stayed although we deleted it, or the DELETE got lost: what was given up is not taken back. Another process's row is left alone. */
function notClaimed(draft: Draft, { instance, revision }: Row): void {
  draft.follow({ gaveUp: { goneAt: undefined } })
  setNext(draft, { kind: 'recheck', at: recheckAt(draft) })
  if (instance === draft.state.self.instance && draft.urged('delete')) deleteRow(draft, revision)
}

/** Gone, and nobody took it: after the grace it is ours again. */
function waitForNobody(draft: Draft, goneAt: number): void {
  const dueAt = goneAt + draft.state.settings.joinerGraceMs
  draft.follow({ gaveUp: { goneAt } })
  if (draft.ms >= dueAt && mayReign(draft)) createRow(draft)
  else setNext(draft, { kind: 'recheck', at: draft.ms < dueAt ? Math.min(dueAt, recheckAt(draft)) : recheckAt(draft) })
}
