/**
 * A peer that is not the Manager and what it makes of the row.
 *
 *   trouble                          keep the view, elect nobody, look again
 *   the Manager we have, heard       settled; a newer reign than our document's: wait a turn for its document, then rejoin
 *   the Manager we have, not heard   rejoin it at the row's addresses
 *   another                          follow it: slot, then rejoin
 *   us                               claim at once
 *   absent                           a Manager still heard and connected gets one turn to come back; else elect at once;
 *                                    after two turns or 4 s everybody creates
 *
 * While a create or rotate of ours is under way everything waits for its answer.
 */
import { adoptAccept, settle } from './adopt.ts'
import { heard } from './contacts.ts'
import { lists, memberOf } from './document.ts'
import type { Draft } from './draft.ts'
import { claimRow, elect, giveTurn, isOpen, nominateSelf, openElection, startElection, turnEndsAt } from './election.ts'
import type { JoinOutcome, PeerId, Row, WatchChange, WriteOutcome } from './events.ts'
import { decideAfterGivingUp } from './giving-up.ts'
import { answers, judgeJoin } from './join-attempt.ts'
import { moveSlot } from './membership.ts'
import { hasPeer } from './peer-set.ts'
import { mayReign } from './ranking.ts'
import { rejoinFailed, startRejoin, stopRejoin } from './rejoin.ts'
import { placeOf } from './revision.ts'
import type { Following } from './role.ts'
import { newReign, noteEvent, type Sight } from './rows.ts'
import { discoveryRequestMs, recheckJitter, troubleRecheckMs } from './settings.ts'
import { enter, look, lookLater, recheckAt, searchOf } from './stance.ts'

/** Look at the row now; what asks while a look is under way makes it look once more. */
export function readRow(draft: Draft<Following>): void {
  const { commit, read } = draft.role
  if (commit !== undefined) return
  if (read !== undefined) return draft.follow({ read: { ...read, again: true } })
  const ask = draft.ask('read')
  draft.follow({ read: { ...ask, again: false } })
  draft.emit({ type: 'read-row', no: ask.no, name: draft.state.clusterName, timeoutMs: discoveryRequestMs })
}

/** The Manager fell silent. */
export function onManagerLost(draft: Draft<Following>, manager: PeerId): void {
  const { slot, stance } = draft.role
  if (slot !== manager || stance.kind !== 'settled') return
  lookLater(draft, { former: manager })
  readRow(draft)
}

/** No answer, or none that says anything: keep the view, elect nobody. An open election goes on: who asks for the row finds out. */
export function onTroubleReading(draft: Draft<Following>): void {
  const { stance } = draft.role
  if (stance.kind === 'open') return
  look(draft, draft.ms + draft.jittered(troubleRecheckMs, recheckJitter))
  if (stance.kind !== 'gave-up') rejoinUnread(draft)
}

/** The Manager may be back before Discovery is: only one that holds its lease takes us in. One by the reference's rules has none. */
function rejoinUnread(draft: Draft<Following>): void {
  const { slot, rejoin } = draft.role
  const { document } = draft.state
  if (rejoin !== undefined || slot === undefined || slot === draft.me || document.order === undefined || heard(draft, slot)) return
  const entry = memberOf(document, slot)
  if (entry !== undefined) startRejoin(draft, slot, entry.multiaddrs, document.order.epoch)
}

/** Somebody is connected again: Discovery may be back as well, and what is under way was sent before. */
export function onAnybodyConnected(draft: Draft<Following>): void {
  if (draft.role.stance.kind !== 'looking' || !draft.state.discoveryLost || !draft.urged('answer')) return
  draft.follow({ read: undefined })
  readRow(draft)
}

export function decide(draft: Draft<Following>, sight: Sight): void {
  noteSight(draft, sight)
  const { role } = draft
  if (role.commit !== undefined) return
  if (role.stance.kind === 'gave-up' && decideAfterGivingUp(draft, role.stance, sight)) return
  if (sight.kind === 'absent') decideOnAbsence(draft)
  else if (sight.row.manager === draft.me) decideOnOwnRow(draft, sight.row)
  else if (sight.row.manager === role.slot) decideOnSameManager(draft, sight.row)
  else followAnother(draft, sight.row)
}

/** What was seen before settles nothing any more; a row that stands ends the absence, and whoever had its turn gets another in the next one. */
function noteSight(draft: Draft<Following>, sight: Sight): void {
  const { stance } = draft.role
  if (stance.kind === 'settled' || stance.kind === 'gave-up') return
  const seen = stance.kind === 'looking' ? { ...stance, heartbeatSettles: false } : stance
  if (sight.kind === 'row') return draft.follow({ stance: { ...seen, turns: [], absentAt: undefined } })
  // Whose row it was: from now on the slot holds candidates.
  const found = stance.absentAt === undefined ? { absentAt: draft.ms, former: lastKnown(draft) } : {}
  draft.follow({ stance: { ...seen, ...found } })
}

/** The last Manager that our document lists: whoever had the row after it and never told us is no member. */
function lastKnown(draft: Draft<Following>): PeerId | undefined {
  const { slot, stance } = draft.role
  const { former } = searchOf(stance)
  return slot !== undefined && (former === undefined || lists(draft.state.document, slot)) ? slot : former
}

function decideOnOwnRow(draft: Draft<Following>, row: Row): void {
  // Who may not reign claims nothing: it waits until the row is swept or another's.
  if (!mayReign(draft)) lookLater(draft)
  else claimRow(draft, row.revision)
}

function decideOnSameManager(draft: Draft<Following>, row: Row): void {
  const restarted = newReign(draft.state, row)
  const { stance } = draft.role
  const { anew, awaited } = searchOf(stance)
  const isAwaited = stance.kind !== 'settled' && awaited === row.revision
  if (!anew && isAwaited && stance.kind === 'waiting' && draft.isAhead('stance')) return
  if (anew || !heard(draft, row.manager) || (restarted && isAwaited)) {
    look(draft, recheckAt(draft), { turns: [], heartbeatSettles: !restarted && !anew })
    return startRejoin(draft, row.manager, row.multiaddrs, row.revision)
  }
  if (restarted) enter(draft, 'waiting', turnEndsAt(draft), { awaited: row.revision })
  else settle(draft)
}

function followAnother(draft: Draft<Following>, row: Row): void {
  const former = lastKnown(draft)
  moveSlot(draft, row.manager)
  look(draft, recheckAt(draft), { former, turns: [], heartbeatSettles: false, awaited: undefined })
  startRejoin(draft, row.manager, row.multiaddrs, row.revision)
}

function decideOnAbsence(draft: Draft<Following>): void {
  const { slot, stance } = draft.role
  const hasItsTime = stance.kind === 'waiting' || stance.kind === 'electing' || stance.kind === 'open'
  if (hasItsTime && draft.isAhead('stance')) return
  // The row no longer names whom we were rejoining.
  stopRejoin(draft)
  const search = searchOf(stance)
  const hadItsTurn = slot !== undefined && search.turns.includes(slot)
  // A killed process leaves a closed connection and heartbeats not yet old: nobody is there to create the row again.
  const there = slot !== undefined && heard(draft, slot) && hasPeer(draft.state.connected, slot)
  const former = stance.kind === 'settled' || stance.kind === 'gave-up' ? slot : search.former
  if (isOpen(draft, search)) openElection(draft, former)
  else if (there && !hadItsTurn) giveTurn(draft, slot, former)
  else startElection(draft, former)
}

/** What the watch shows counts as a look at the row; it commits nothing and renews nothing. */
export function onFollowerWatch(draft: Draft<Following>, change: WatchChange, row: Row | undefined): void {
  const gone = row === undefined || change === 'swept' || change === 'deleted'
  const isNews = row === undefined || noteEvent(draft, row, gone)
  // A snapshot is the present state, not news: one that shows an older reign asks for a proper look.
  if (!isNews) return change === 'snapshot' ? readRow(draft) : undefined
  const { slot, stance } = draft.role
  const differs = gone || row.manager !== slot || newReign(draft.state, row)
  if (differs || stance.kind !== 'settled') decide(draft, gone ? { kind: 'absent' } : { kind: 'row', row })
}

/** The answer to a liveness check from before the step-down: it may show a reign that no watch has shown yet. */
export function onLateLiveness(draft: Draft<Following>, outcome: WriteOutcome): void {
  const { newest, floor } = draft.state
  if (!('row' in outcome) || placeOf(outcome.row.revision) <= Math.max(placeOf(newest?.revision), floor.epoch)) return
  onFollowerWatch(draft, 'rotated', outcome.row)
}

/** A heartbeat of the Manager that the row names under our document's reign: it was not lost after all. */
export function onManagerHeard(draft: Draft<Following>, peer: PeerId): void {
  const { slot, stance, commit } = draft.role
  if (slot === peer && stance.kind === 'looking' && stance.heartbeatSettles && !stance.anew && commit === undefined) settle(draft)
}

export function onRejoinAnswered(draft: Draft<Following>, no: number, outcome: JoinOutcome): void {
  const { rejoin } = draft.role
  const phase = rejoin?.attempt?.phase
  if (rejoin === undefined || phase?.kind !== 'asking' || !answers(rejoin.attempt, no)) return
  // The watch may have shown a newer reign since we asked.
  const verdict = judgeJoin(draft, outcome, Math.max(placeOf(rejoin.revision), draft.state.floor.epoch))
  if (verdict.kind !== 'accepted') rejoinFailed(draft, rejoin, verdict)
  else if (!adoptAccept(draft, rejoin.peer, verdict.document, phase.askedAt)) rejoinFailed(draft, rejoin, { kind: 'stale' })
  else draft.emit({ type: 'announce', announcement: { type: 'rejoined' } })
}

/** The present stance is over. */
export function onStanceOver(draft: Draft<Following>): void {
  const { stance } = draft.role
  if (stance.kind === 'electing') return elect(draft, stance)
  if (stance.kind === 'open') return nominateSelf(draft)
  // Come back even if no answer does.
  lookLater(draft)
  readRow(draft)
}

export function onReadUnanswered(draft: Draft<Following>): void {
  draft.follow({ read: undefined })
  onTroubleReading(draft)
}
