/** The bootstrap's way through the door of a Manager that the row names. */
import { settle } from './adopt.ts'
import { read } from './bootstrap.ts'
import { fail, go, onDeadline, pause, sendJoinFailure, starting, update } from './bootstrap-steps.ts'
import { reconcileWatch } from './contacts.ts'
import type { ClusterDocument } from './document.ts'
import type { Draft } from './draft.ts'
import type { JoinOutcome, PeerId, Row } from './events.ts'
import { abandonAttempt, answers, askToJoin, judgeJoin, startAttempt } from './join-attempt.ts'
import { aimHeartbeats, allowMembers } from './membership.ts'
import { settled } from './promotion.ts'
import { recheckAt } from './recheck.ts'
import { discoveryRequestMs, joinConnectMs, rowLifeMs } from './settings.ts'
import type { BootstrapStep, Starting } from './state.ts'

/**
 * Only this Manager is allowed while we ask it; at the row's addresses.
 *
 * Where none of them can be dialled it may still be connected to us, or the row may change: in one row life, as a dead Manager's would.
 */
export function join(draft: Draft, row: Row): void {
  allowMembers(draft, [{ peerId: row.manager, multiaddrs: row.multiaddrs }])
  const attempt = startAttempt(draft, row.manager, row.dialable === false ? rowLife(row) : joinConnectMs)
  go(draft, { kind: 'joining', row, attempt, read: undefined, pollAt: recheckAt(draft) })
}

const rowLife = ({ sweepAfterMs }: Row): number => sweepAfterMs ?? rowLifeMs

export function onBootstrapConnected(draft: Draft, peer: PeerId): void {
  const role = starting(draft)
  if (role?.step.kind !== 'joining' || role.step.attempt.peer !== peer || role.step.attempt.phase.kind !== 'connecting') return
  go(draft, { ...role.step, attempt: askToJoin(draft, role.step.attempt) })
}

export function onBootstrapAnswered(draft: Draft, no: number, outcome: JoinOutcome): void {
  const role = starting(draft)
  if (role?.step.kind !== 'joining' || !answers(role.step.attempt, no)) return
  const { row } = role.step
  const verdict = judgeJoin(draft, outcome, row.revision)
  switch (verdict.kind) {
    case 'accepted':
      return followRow(draft, row, verdict.document)
    case 'invalid':
      return fail(draft, { code: 'invalid-membership', reason: verdict.reason })
    case 'rejected':
      return fail(draft, { code: 'rejected', reason: verdict.reason })
    case 'not-the-manager':
      update(draft, { failure: { code: 'rejected', reason: verdict.reason } })
      return pause(draft)
    case 'stale':
      return pause(draft)
    case 'failed':
      update(draft, { failure: sendJoinFailure(row, verdict.reason, verdict.timedOut) })
      return pause(draft)
  }
}

function followRow(draft: Draft, row: Row, document: ClusterDocument): void {
  draft.become(settled(row.manager))
  const revision = row.revision ?? 0
  draft.set({
    document,
    adoptedAt: draft.ms,
    floor: document.order ?? { epoch: revision, version: 0 },
    newest: { revision, row, seenAt: draft.ms },
    relayMultiaddrs: row.relayMultiaddrs
  })
  allowMembers(draft)
  aimHeartbeats(draft)
  reconcileWatch(draft, { afresh: true })
  settle(draft)
  draft.emit({ type: 'joined' })
}

export function wakeJoining(draft: Draft, role: Starting, step: Extract<BootstrapStep, { kind: 'joining' }>): void {
  const { row, attempt } = step
  if (draft.ms >= role.deadlineAt || draft.ms >= attempt.phase.until) {
    abandonAttempt(draft, attempt)
    const what = attempt.phase.kind === 'connecting' ? 'no connection to it in time' : 'it did not answer in time'
    update(draft, { failure: sendJoinFailure(row, what, true) })
    if (draft.ms >= role.deadlineAt) return onDeadline(draft, starting(draft)!)
    if (row.dialable !== false || attempt.phase.kind === 'asking') return pause(draft)
    update(draft, { stuckOn: row })
    return read(draft)
  }
  if (step.read !== undefined ? draft.ms < step.read.until : draft.ms < step.pollAt || draft.state.watchUp) return
  const ask = draft.ask()
  go(draft, { ...step, read: ask })
  draft.emit({ type: 'read-row', no: ask.no, name: draft.state.clusterName, timeoutMs: discoveryRequestMs })
}
