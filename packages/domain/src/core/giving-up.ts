/**
 * The Manager that lost everybody at once is more likely cut off than they are: it gives the row up so that they can go on,
 * and comes back only when nobody wanted it for a while.
 */
import { reconcileWatch } from './contacts.ts'
import type { ClusterMember } from './document.ts'
import type { Draft } from './draft.ts'
import { createRow } from './election.ts'
import { refuseAdmissions } from './ending.ts'
import type { PeerId, Row } from './events.ts'
import { isFormer } from './former.ts'
import { aimHeartbeats, allowMembers } from './membership.ts'
import { mayBeManager, mayReign } from './ranking.ts'
import type { Revision } from './revision.ts'
import type { Following, Managing, Stance } from './role.ts'
import type { Sight } from './rows.ts'
import { discoveryRequestMs } from './settings.ts'
import { look, lookLater, recheckAt, searchAgain, settled } from './stance.ts'

type GaveUp = Extract<Stance, { readonly kind: 'gave-up' }>

/**
 * This member is about to be evicted. Are all others lost, in doubt or heard by others only, and at least two of those, or of the ones lost within one loss
 * timeout, could have become Manager? The Manager before us counts neither way until it is heard.
 */
export function cutOff(draft: Draft<Managing>, lost: PeerId): boolean {
  const { document, settings } = draft.state
  const { doubts } = draft.role
  const isAway = ({ peerId, indirect }: ClusterMember): boolean =>
    peerId === lost || indirect === true || doubts.some(({ peer }) => peer === peerId)
  const others = document.peers.filter(({ peerId }) => peerId !== draft.me && !isFormer(draft, peerId))
  if (others.some((member) => !isAway(member))) return false
  const now = others.filter(mayBeManager).length
  const before = draft.role.losses.filter((loss) => loss.heir && draft.ms - loss.at <= settings.peerLossTimeoutMs).length
  return now + before >= 2
}

export function giveUpRow(draft: Draft<Managing>): void {
  const { revision } = draft.role
  draft.log('warn', 'lost all members at once: giving the row up to them', { cluster: draft.state.clusterName })
  refuseAdmissions(draft)
  const follower = draft.become({ ...settled(undefined), stance: { kind: 'gave-up', goneAt: undefined, deleting: undefined } })
  lookLater(follower)
  follower.emit({ type: 'domain-clock', action: 'withdraw' })
  aimHeartbeats(follower)
  allowMembers(follower)
  reconcileWatch(follower, { afresh: true })
  deleteRow(follower, revision)
}

/** Without a revision anybody's row could be hit: then it is left to be swept. */
function deleteRow(draft: Draft<Following>, revision: Revision): void {
  const { stance } = draft.role
  if (revision === undefined || stance.kind !== 'gave-up') return
  const no = draft.number()
  draft.follow({ stance: { ...stance, deleting: no } })
  draft.emit({ type: 'delete-row', no, name: draft.state.clusterName, revision, timeoutMs: discoveryRequestMs })
}

export function onDeleted(draft: Draft<Following>, no: number, done: boolean): void {
  const { stance } = draft.role
  if (stance.kind !== 'gave-up' || stance.deleting !== no) return
  const answered = { ...stance, deleting: undefined }
  draft.follow({ stance: answered })
  if (done) decideAfterGivingUp(draft, answered, { kind: 'absent' })
}

/** `true`: decided here. Another's row is followed, and a row handed to us claimed, as by any follower. */
export function decideAfterGivingUp(draft: Draft<Following>, gaveUp: GaveUp, sight: Sight): boolean {
  if (sight.kind === 'absent') {
    waitForNobody(draft, gaveUp, gaveUp.goneAt ?? draft.ms)
    return true
  }
  const { row } = sight
  if (row.manager !== draft.me || row.instance === '') {
    searchAgain(draft)
    return false
  }
  notClaimed(draft, gaveUp, row)
  return true
}

/** The row stayed although we deleted it, or the DELETE got lost: what was given up is not taken back. Another process's row is left alone. */
function notClaimed(draft: Draft<Following>, gaveUp: GaveUp, { instance, revision }: Row): void {
  draft.follow({ stance: { ...gaveUp, goneAt: undefined } })
  lookLater(draft)
  if (instance === draft.state.self.instance && draft.urged('delete')) deleteRow(draft, revision)
}

/** Gone, and nobody took it: after the grace it is ours again. */
function waitForNobody(draft: Draft<Following>, gaveUp: GaveUp, goneAt: number): void {
  const dueAt = goneAt + draft.state.settings.joinerGraceMs
  draft.follow({ stance: { ...gaveUp, goneAt } })
  if (draft.ms >= dueAt && mayReign(draft)) createRow(draft)
  else look(draft, draft.ms < dueAt ? Math.min(dueAt, recheckAt(draft)) : recheckAt(draft))
}
