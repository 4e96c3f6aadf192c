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
import type { Turn } from './turn.ts'

/** Look at the row now; what asks while a look is under way makes it look once more. */
export function readRow(turn: Turn): void {
  const role = turn.following()
  if (role === undefined || role.commit !== undefined) return
  if (role.read !== undefined) return turn.follow({ read: { ...role.read, again: true } })
  const ask = turn.ask()
  turn.follow({ read: { ...ask, again: false } })
  turn.emit({ type: 'read-row', no: ask.no, name: turn.state.clusterName, timeoutMs: discoveryRequestMs })
}

/** The Manager fell silent. */
export function onManagerLost(turn: Turn, manager: PeerId): void {
  const role = turn.following()
  if (role === undefined || role.slot !== manager || role.unsettled !== undefined) return
  setNext(turn, { kind: 'recheck', at: recheckAt(turn) }, { former: manager })
  readRow(turn)
}

/** Until somebody else's row is there, or ours is gone. */
function lookAgainLater(turn: Turn): void {
  setNext(turn, { kind: 'recheck', at: recheckAt(turn) })
}

/** No answer, or none that says anything: keep the view, elect nobody. An open election goes on: who asks for the row finds out. */
export function onTroubleReading(turn: Turn): void {
  if (turn.following()?.unsettled?.next.kind !== 'open') lookAgainLater(turn)
}

export function decide(turn: Turn, sight: Sight): void {
  noteSight(turn, sight)
  const role = turn.following()
  if (role === undefined || role.commit !== undefined) return
  if (role.gaveUp !== undefined && decideAfterGivingUp(turn, role.gaveUp, sight)) return
  if (sight.kind === 'absent') decideOnAbsence(turn, role)
  else if (sight.row.manager === turn.me) decideOnOwnRow(turn, sight.row)
  else if (sight.row.manager === role.slot) decideOnSameManager(turn, role, sight.row)
  else followAnother(turn, role, sight.row)
}

/** What was seen before settles nothing any more; a row that stands ends the absence, and whoever had its turn gets another in the next one. */
function noteSight(turn: Turn, sight: Sight): void {
  const unsettled = turn.following()?.unsettled
  if (unsettled === undefined) return
  const turns = sight.kind === 'row' ? [] : unsettled.turns
  const absentAt = sight.kind === 'row' ? undefined : (unsettled.absentAt ?? turn.ms)
  turn.follow({ unsettled: { ...unsettled, heartbeatSettles: false, turns, absentAt } })
}

function decideOnOwnRow(turn: Turn, row: Row): void {
  // Who may not reign claims nothing: it waits until the row is swept or another's.
  if (!mayReign(turn)) lookAgainLater(turn)
  else claimRow(turn, row.revision)
}

function decideOnSameManager(turn: Turn, role: Following, row: Row): void {
  const restarted = newReign(turn.state, row)
  const { unsettled } = role
  if (unsettled?.awaited === row.revision && unsettled?.next.kind === 'turn' && turn.ms < unsettled.next.at) return
  if (!heard(turn, row.manager) || (restarted && unsettled?.awaited === row.revision)) {
    setNext(turn, { kind: 'recheck', at: recheckAt(turn) }, { turns: [], heartbeatSettles: !restarted })
    return startRejoin(turn, row.manager, row.multiaddrs, row.revision)
  }
  if (restarted) setNext(turn, { kind: 'turn', at: turnEndsAt(turn) }, { awaited: row.revision, heartbeatSettles: false })
  else settle(turn)
}

function followAnother(turn: Turn, role: Following, row: Row): void {
  const displaced = role.slot
  moveSlot(turn, row.manager)
  setNext(turn, { kind: 'recheck', at: recheckAt(turn) }, { former: displaced, turns: [], heartbeatSettles: false, awaited: undefined })
  startRejoin(turn, row.manager, row.multiaddrs, row.revision)
}

function decideOnAbsence(turn: Turn, role: Following): void {
  const next = role.unsettled?.next
  if (next !== undefined && next.kind !== 'recheck' && turn.ms < next.at) return
  // The row no longer names whom we were rejoining.
  stopRejoin(turn)
  const { slot } = role
  const hadItsTurn = slot !== undefined && (role.unsettled?.turns.includes(slot) ?? false)
  // A killed process leaves a closed connection and heartbeats not yet old: nobody is there to create the row again.
  const there = slot !== undefined && heard(turn, slot) && turn.state.connected.has(slot)
  const former = slot !== undefined && !hadItsTurn ? slot : role.unsettled?.former
  if (isOpen(turn, role.unsettled ?? {})) openElection(turn, former)
  else if (there && !hadItsTurn) giveTurn(turn, slot)
  else startElection(turn, former)
}

/** A heartbeat of the Manager that the row names under our document's reign: it was not lost after all. */
export function onManagerHeard(turn: Turn, peer: PeerId): void {
  const role = turn.following()
  if (role?.slot === peer && role.unsettled?.heartbeatSettles === true && role.commit === undefined) settle(turn)
}

// ── answers to our own writes ────────────────────────────────────────────────────────────────────────────────────────────

function committed(turn: Turn, no: number, what: 'create' | 'claim'): Now | undefined {
  const commit = turn.following()?.commit
  if (commit === undefined || commit.ask.no !== no || commit.what !== what) return undefined
  turn.follow({ commit: undefined })
  return commit.ask.sentAt
}

function takeOver(turn: Turn, row: Row, sentAt: Now, what: 'create' | 'claim'): void {
  if (superseded(turn.state, row, sentAt)) decide(turn, newestSight(turn.state))
  else promote(turn, row, sentAt, what)
}

export function onFollowerCreated(turn: Turn, no: number, outcome: CreateOutcome): void {
  const sentAt = committed(turn, no, 'create')
  if (sentAt === undefined) return
  if (outcome.kind === 'created') takeOver(turn, outcome.row, sentAt, 'create')
  else if (outcome.kind === 'exists') decide(turn, noteAnswer(turn, { kind: 'row', row: outcome.row }, sentAt))
  else roundOver(turn)
}

export function onClaimed(turn: Turn, no: number, outcome: WriteOutcome): void {
  const sentAt = committed(turn, no, 'claim')
  if (sentAt === undefined) return
  if (outcome.kind === 'ok' && outcome.row.manager === turn.me) takeOver(turn, outcome.row, sentAt, 'claim')
  else if (outcome.kind === 'ok' || outcome.kind === 'conflict') decide(turn, noteAnswer(turn, { kind: 'row', row: outcome.row }, sentAt))
  else if (outcome.kind === 'absent') decide(turn, noteAnswer(turn, outcome, sentAt))
  else roundOver(turn)
}

/** Everybody had a turn, we too: look again, then begin anew. */
function roundOver(turn: Turn): void {
  setNext(turn, { kind: 'recheck', at: recheckAt(turn) }, { turns: [] })
}

/** `true`: the answer was to our rejoin. */
export function onRejoinAnswered(turn: Turn, no: number, outcome: JoinOutcome): boolean {
  const rejoin = turn.following()?.rejoin
  const phase = rejoin?.attempt?.phase
  if (rejoin === undefined || phase?.kind !== 'asking' || !answers(rejoin.attempt, no)) return false
  // The watch may have shown a newer reign since we asked.
  const verdict = judgeJoin(turn, outcome, Math.max(rejoin.revision ?? 0, turn.state.floor.epoch))
  if (verdict.kind !== 'accepted') rejoinFailed(turn, verdict)
  else if (!adoptAccept(turn, rejoin.peer, verdict.document, phase.askedAt)) rejoinFailed(turn, { kind: 'stale' })
  return true
}

// ── deadlines ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export function wakeFollower(turn: Turn): void {
  wakeQuestions(turn)
  const next = turn.following()?.unsettled?.next
  if (next !== undefined && turn.ms >= next.at && turn.following()?.commit === undefined) {
    if (next.kind === 'settle') elect(turn)
    else if (next.kind === 'open') nominateSelf(turn)
    else readAfter(turn)
  }
  wakeRejoin(turn)
}

/** A turn or a pause is over: read, and come back even if no answer does. */
function readAfter(turn: Turn): void {
  setNext(turn, { kind: 'recheck', at: recheckAt(turn) })
  readRow(turn)
}

function wakeQuestions(turn: Turn): void {
  const { read, commit } = turn.following() ?? {}
  if (read !== undefined && turn.ms >= read.until) {
    turn.follow({ read: undefined })
    onTroubleReading(turn)
  }
  if (commit !== undefined && turn.ms >= commit.ask.until) {
    if (commit.what === 'create') onFollowerCreated(turn, commit.ask.no, { kind: 'trouble', reason: 'no answer' })
    else onClaimed(turn, commit.ask.no, { kind: 'trouble', reason: 'no answer' })
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
