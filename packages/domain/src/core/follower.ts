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
import type { Draft } from './draft.ts'
import { claimRow, elect, giveTurn, isOpen, nominateSelf, openElection, setNext, startElection, turnEndsAt } from './election.ts'
import type { CreateOutcome, JoinOutcome, Now, PeerId, Row, WriteOutcome } from './events.ts'
import { decideAfterGivingUp } from './giving-up.ts'
import { answers, judgeJoin } from './join-attempt.ts'
import { moveSlot } from './membership.ts'
import { promote } from './promotion.ts'
import { mayReign } from './ranking.ts'
import { recheckAt } from './recheck.ts'
import { rejoinDeadline, rejoinFailed, startRejoin, stopRejoin, wakeRejoin } from './rejoin.ts'
import { newestSight, newReign, noteAnswer, type Sight, superseded } from './rows.ts'
import { discoveryRequestMs } from './settings.ts'
import type { Following } from './state.ts'

/** Look at the row now; what asks while a look is under way makes it look once more. */
export function readRow(draft: Draft): void {
  const role = draft.following()
  if (role === undefined || role.commit !== undefined) return
  if (role.read !== undefined) return draft.follow({ read: { ...role.read, again: true } })
  const ask = draft.ask()
  draft.follow({ read: { ...ask, again: false } })
  draft.emit({ type: 'read-row', no: ask.no, name: draft.state.clusterName, timeoutMs: discoveryRequestMs })
}

/** The Manager fell silent. */
export function onManagerLost(draft: Draft, manager: PeerId): void {
  const role = draft.following()
  if (role === undefined || role.slot !== manager || role.unsettled !== undefined) return
  setNext(draft, { kind: 'recheck', at: recheckAt(draft) }, { former: manager })
  readRow(draft)
}

/** Until somebody else's row is there, or ours is gone. */
function lookAgainLater(draft: Draft): void {
  setNext(draft, { kind: 'recheck', at: recheckAt(draft) })
}

/** No answer, or none that says anything: keep the view, elect nobody. An open election goes on: who asks for the row finds out. */
export function onTroubleReading(draft: Draft): void {
  if (draft.following()?.unsettled?.next.kind !== 'open') lookAgainLater(draft)
}

export function decide(draft: Draft, sight: Sight): void {
  noteSight(draft, sight)
  const role = draft.following()
  if (role === undefined || role.commit !== undefined) return
  if (role.gaveUp !== undefined && decideAfterGivingUp(draft, role.gaveUp, sight)) return
  if (sight.kind === 'absent') decideOnAbsence(draft, role)
  else if (sight.row.manager === draft.me) decideOnOwnRow(draft, sight.row)
  else if (sight.row.manager === role.slot) decideOnSameManager(draft, role, sight.row)
  else followAnother(draft, role, sight.row)
}

/** What was seen before settles nothing any more; a row that stands ends the absence, and whoever had its turn gets another in the next one. */
function noteSight(draft: Draft, sight: Sight): void {
  const unsettled = draft.following()?.unsettled
  if (unsettled === undefined) return
  const turns = sight.kind === 'row' ? [] : unsettled.turns
  const absentAt = sight.kind === 'row' ? undefined : (unsettled.absentAt ?? draft.ms)
  draft.follow({ unsettled: { ...unsettled, heartbeatSettles: false, turns, absentAt } })
}

function decideOnOwnRow(draft: Draft, row: Row): void {
  // Who may not reign claims nothing: it waits until the row is swept or another's.
  if (!mayReign(draft)) lookAgainLater(draft)
  else claimRow(draft, row.revision)
}

function decideOnSameManager(draft: Draft, role: Following, row: Row): void {
  const restarted = newReign(draft.state, row)
  const { unsettled } = role
  if (unsettled?.awaited === row.revision && unsettled?.next.kind === 'turn' && draft.ms < unsettled.next.at) return
  if (!heard(draft, row.manager) || (restarted && unsettled?.awaited === row.revision)) {
    setNext(draft, { kind: 'recheck', at: recheckAt(draft) }, { turns: [], heartbeatSettles: !restarted })
    return startRejoin(draft, row.manager, row.multiaddrs, row.revision)
  }
  if (restarted) setNext(draft, { kind: 'turn', at: turnEndsAt(draft) }, { awaited: row.revision, heartbeatSettles: false })
  else settle(draft)
}

function followAnother(draft: Draft, role: Following, row: Row): void {
  const displaced = role.slot
  moveSlot(draft, row.manager)
  setNext(draft, { kind: 'recheck', at: recheckAt(draft) }, { former: displaced, turns: [], heartbeatSettles: false, awaited: undefined })
  startRejoin(draft, row.manager, row.multiaddrs, row.revision)
}

function decideOnAbsence(draft: Draft, role: Following): void {
  const next = role.unsettled?.next
  if (next !== undefined && next.kind !== 'recheck' && draft.ms < next.at) return
  // The row no longer names whom we were rejoining.
  stopRejoin(draft)
  const { slot } = role
  const hadItsTurn = slot !== undefined && (role.unsettled?.turns.includes(slot) ?? false)
  // A killed process leaves a closed connection and heartbeats not yet old: nobody is there to create the row again.
  const there = slot !== undefined && heard(draft, slot) && draft.state.connected.has(slot)
  const former = slot !== undefined && !hadItsTurn ? slot : role.unsettled?.former
  if (isOpen(draft, role.unsettled ?? {})) openElection(draft, former)
  else if (there && !hadItsTurn) giveTurn(draft, slot)
  else startElection(draft, former)
}

/** A heartbeat of the Manager that the row names under our document's reign: it was not lost after all. */
export function onManagerHeard(draft: Draft, peer: PeerId): void {
  const role = draft.following()
  if (role?.slot === peer && role.unsettled?.heartbeatSettles === true && role.commit === undefined) settle(draft)
}

// ── answers to our own writes ────────────────────────────────────────────────────────────────────────────────────────────

function committed(draft: Draft, no: number, what: 'create' | 'claim'): Now | undefined {
  const commit = draft.following()?.commit
  if (commit === undefined || commit.ask.no !== no || commit.what !== what) return undefined
  draft.follow({ commit: undefined })
  return commit.ask.sentAt
}

function takeOver(draft: Draft, row: Row, sentAt: Now, what: 'create' | 'claim'): void {
  if (superseded(draft.state, row, sentAt)) decide(draft, newestSight(draft.state))
  else promote(draft, row, sentAt, what)
}

export function onFollowerCreated(draft: Draft, no: number, outcome: CreateOutcome): void {
  const sentAt = committed(draft, no, 'create')
  if (sentAt === undefined) return
  if (outcome.kind === 'created') takeOver(draft, outcome.row, sentAt, 'create')
  else if (outcome.kind === 'exists') decide(draft, noteAnswer(draft, { kind: 'row', row: outcome.row }, sentAt))
  else roundOver(draft)
}

export function onClaimed(draft: Draft, no: number, outcome: WriteOutcome): void {
  const sentAt = committed(draft, no, 'claim')
  if (sentAt === undefined) return
  if (outcome.kind === 'ok' && outcome.row.manager === draft.me) takeOver(draft, outcome.row, sentAt, 'claim')
  else if (outcome.kind === 'ok' || outcome.kind === 'conflict') decide(draft, noteAnswer(draft, { kind: 'row', row: outcome.row }, sentAt))
  else if (outcome.kind === 'absent') decide(draft, noteAnswer(draft, outcome, sentAt))
  else roundOver(draft)
}

/** Everybody had a turn, we too: look again, then begin anew. */
function roundOver(draft: Draft): void {
  setNext(draft, { kind: 'recheck', at: recheckAt(draft) }, { turns: [] })
}

/** `true`: the answer was to our rejoin. */
export function onRejoinAnswered(draft: Draft, no: number, outcome: JoinOutcome): boolean {
  const rejoin = draft.following()?.rejoin
  const phase = rejoin?.attempt?.phase
  if (rejoin === undefined || phase?.kind !== 'asking' || !answers(rejoin.attempt, no)) return false
  // The watch may have shown a newer reign since we asked.
  const verdict = judgeJoin(draft, outcome, Math.max(rejoin.revision ?? 0, draft.state.floor.epoch))
  if (verdict.kind !== 'accepted') rejoinFailed(draft, verdict)
  else if (!adoptAccept(draft, rejoin.peer, verdict.document, phase.askedAt)) rejoinFailed(draft, { kind: 'stale' })
  return true
}

// ── deadlines ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export function wakeFollower(draft: Draft): void {
  wakeQuestions(draft)
  const next = draft.following()?.unsettled?.next
  if (next !== undefined && draft.ms >= next.at && draft.following()?.commit === undefined) {
    if (next.kind === 'settle') elect(draft)
    else if (next.kind === 'open') nominateSelf(draft)
    else readAfter(draft)
  }
  wakeRejoin(draft)
}

/** A turn or a pause is over: read, and come back even if no answer does. */
function readAfter(draft: Draft): void {
  setNext(draft, { kind: 'recheck', at: recheckAt(draft) })
  readRow(draft)
}

function wakeQuestions(draft: Draft): void {
  const { read, commit } = draft.following() ?? {}
  if (read !== undefined && draft.ms >= read.until) {
    draft.follow({ read: undefined })
    onTroubleReading(draft)
  }
  if (commit !== undefined && draft.ms >= commit.ask.until) {
    if (commit.what === 'create') onFollowerCreated(draft, commit.ask.no, { kind: 'trouble', reason: 'no answer' })
    else onClaimed(draft, commit.ask.no, { kind: 'trouble', reason: 'no answer' })
  }
}

export function followerDeadline({ read, commit, unsettled, rejoin }: Following): number {
  return Math.min(
    read?.until ?? Number.POSITIVE_INFINITY,
    commit?.ask.until ?? Number.POSITIVE_INFINITY,
    commit === undefined ? (unsettled?.next.at ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY,
    rejoinDeadline(rejoin)
  )
}
