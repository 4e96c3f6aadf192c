/** The bootstrap's way through the door of a Manager that the row names. */
import { settle } from './adopt.ts'
import { read } from './bootstrap.ts'
import { fail, go, onDeadline, pause, sendJoinFailure, starting, update } from './bootstrap-steps.ts'
import { reconcileWatch } from './contacts.ts'
import type { ClusterDocument } from './document.ts'
import type { JoinOutcome, PeerId, Row } from './events.ts'
import { abandonAttempt, answers, askToJoin, judgeJoin, startAttempt } from './join-attempt.ts'
import { aimHeartbeats, allowMembers } from './membership.ts'
import { settled } from './promotion.ts'
import { recheckAt } from './recheck.ts'
import { discoveryRequestMs, joinConnectMs, rowLifeMs } from './settings.ts'
import type { BootstrapStep, Starting } from './state.ts'
import type { Turn } from './turn.ts'

/**
 * Only this Manager is allowed while we ask it; at the row's addresses.
 *
 * Where none of them can be dialled it may still be connected to us, or the row may change: in one row life, as a dead Manager's would.
 */
export function join(turn: Turn, row: Row): void {
  allowMembers(turn, [{ peerId: row.manager, multiaddrs: row.multiaddrs }])
  const attempt = startAttempt(turn, row.manager, row.dialable === false ? rowLife(row) : joinConnectMs)
  go(turn, { kind: 'joining', row, attempt, read: undefined, pollAt: recheckAt(turn) })
}

const rowLife = ({ sweepAfterMs }: Row): number => sweepAfterMs ?? rowLifeMs

export function onBootstrapConnected(turn: Turn, peer: PeerId): void {
  const role = starting(turn)
  if (role?.step.kind !== 'joining' || role.step.attempt.peer !== peer || role.step.attempt.phase.kind !== 'connecting') return
  go(turn, { ...role.step, attempt: askToJoin(turn, role.step.attempt) })
}

export function onBootstrapAnswered(turn: Turn, no: number, outcome: JoinOutcome): void {
  const role = starting(turn)
  if (role?.step.kind !== 'joining' || !answers(role.step.attempt, no)) return
  const { row } = role.step
  const verdict = judgeJoin(turn, outcome, row.revision)
  switch (verdict.kind) {
    case 'accepted':
      return followRow(turn, row, verdict.document)
    case 'invalid':
      return fail(turn, { code: 'invalid-membership', reason: verdict.reason })
    case 'rejected':
      return fail(turn, { code: 'rejected', reason: verdict.reason })
    case 'not-the-manager':
      update(turn, { failure: { code: 'rejected', reason: verdict.reason } })
      return pause(turn)
    case 'stale':
      return pause(turn)
    case 'failed':
      update(turn, { failure: sendJoinFailure(row, verdict.reason, verdict.timedOut) })
      return pause(turn)
  }
}

function followRow(turn: Turn, row: Row, document: ClusterDocument): void {
  turn.become(settled(row.manager))
  const revision = row.revision ?? 0
  turn.set({
    document,
    adoptedAt: turn.ms,
    floor: document.order ?? { epoch: revision, version: 0 },
    newest: { revision, row, seenAt: turn.ms },
    relayMultiaddrs: row.relayMultiaddrs
  })
  allowMembers(turn)
  aimHeartbeats(turn)
  reconcileWatch(turn, { afresh: true })
  settle(turn)
  turn.emit({ type: 'joined' })
}

export function wakeJoining(turn: Turn, role: Starting, step: Extract<BootstrapStep, { kind: 'joining' }>): void {
  const { row, attempt } = step
  if (turn.ms >= role.deadlineAt || turn.ms >= attempt.phase.until) {
    abandonAttempt(turn, attempt)
    const what = attempt.phase.kind === 'connecting' ? 'no connection to it in time' : 'it did not answer in time'
    update(turn, { failure: sendJoinFailure(row, what, true) })
    if (turn.ms >= role.deadlineAt) return onDeadline(turn, starting(turn)!)
    if (row.dialable !== false || attempt.phase.kind === 'asking') return pause(turn)
    update(turn, { stuckOn: row })
    return read(turn)
  }
  if (step.read !== undefined ? turn.ms < step.read.until : turn.ms < step.pollAt || turn.state.watchUp) return
  const ask = turn.ask()
  go(turn, { ...step, read: ask })
  turn.emit({ type: 'read-row', no: ask.no, name: turn.state.clusterName, timeoutMs: discoveryRequestMs })
}
