/** The bootstrap's way through the door of a Manager that the row names. */
import { settle } from './adopt.ts'
import { fail, go, onDeadline, pause, starting, update } from './bootstrap-steps.ts'
import { reconcileWatch } from './contacts.ts'
import type { ClusterDocument } from './document.ts'
import type { JoinOutcome, PeerId, Row } from './events.ts'
import { abandonAttempt, answers, askToJoin, judgeJoin, startAttempt } from './join-attempt.ts'
import { aimHeartbeats, allowMembers } from './membership.ts'
import { settled } from './promotion.ts'
import { recheckAt } from './recheck.ts'
import { discoveryRequestMs, joinConnectMs } from './settings.ts'
import type { BootstrapStep, Starting } from './state.ts'
import type { Turn } from './turn.ts'

/** Only this Manager is allowed while we ask it; at the row's addresses. */
export function join(turn: Turn, row: Row): void {
  allowMembers(turn, [{ peerId: row.manager, multiaddrs: row.multiaddrs }])
  const attempt = startAttempt(turn, row.manager, joinConnectMs)
  go(turn, { kind: 'joining', row, attempt, read: undefined, pollAt: recheckAt(turn) })
}

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
      update(turn, { failure: { code: 'send-join', reason: verdict.reason, timedOut: verdict.timedOut } })
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
  if (turn.ms >= role.deadlineAt) {
    update(turn, { failure: { code: 'send-join', reason: 'the join deadline is over', timedOut: true } })
    abandonAttempt(turn, step.attempt)
    return onDeadline(turn, starting(turn)!)
  }
  if (turn.ms >= step.attempt.phase.until) {
    abandonAttempt(turn, step.attempt)
    update(turn, { failure: { code: 'send-join', reason: `no connection to the Manager ${step.row.manager} in time`, timedOut: true } })
    return pause(turn)
  }
  if (step.read !== undefined ? turn.ms < step.read.until : turn.ms < step.pollAt || turn.state.watchUp) return
  const ask = turn.ask()
  go(turn, { ...step, read: ask })
  turn.emit({ type: 'read-row', no: ask.no, name: turn.state.clusterName, timeoutMs: discoveryRequestMs })
}
