/** The bootstrap's own writes: a create where the row is absent, a claim where it names us. Neither goes round without a pause. */
import { onSight } from './bootstrap.ts'
import { go, pauseUntil, question, reachable, starting, update } from './bootstrap-steps.ts'
import type { CreateOutcome, Now, Row, WriteOutcome } from './events.ts'
import { leaseFrom, livenessIntervalMs } from './lease.ts'
import { noteWrite, writeDueAt } from './pace.ts'
import { freshDocument, takeRole } from './promotion.ts'
import type { Turn } from './turn.ts'

/** A second write within an interval: look at the row again when it may leave. And none leaves beyond the join deadline, which a halt may have passed. */
function mayNotWrite(turn: Turn): boolean {
  const dueAt = writeDueAt(turn)
  if (dueAt <= turn.ms && turn.ms < starting(turn)!.deadlineAt) return false
  pauseUntil(turn, dueAt)
  return true
}

export function create(turn: Turn, name: string): void {
  if (mayNotWrite(turn)) return
  if (!reachable(turn.state))
    turn.log('warn', 'nobody can reach us: no address and no relay, so nobody can join the cluster we create', { cluster: name })
  noteWrite(turn)
  const { ask, timeoutMs } = question(turn)
  turn.set({ clusterName: name, document: { ...turn.state.document, clusterName: name } })
  go(turn, { kind: 'creating', ask })
  turn.emit({ type: 'create-row', no: ask.no, name, relayMultiaddrs: turn.state.relayMultiaddrs, timeoutMs })
}

export function onBootstrapCreated(turn: Turn, no: number, outcome: CreateOutcome): void {
  const role = starting(turn)
  if (role?.step.kind !== 'creating' || role.step.ask.no !== no) return
  const { sentAt } = role.step.ask
  if (outcome.kind === 'created') return reign(turn, outcome.row, sentAt)
  if (outcome.kind === 'exists') {
    update(turn, { answered: true })
    return onSight(turn, { kind: 'row', row: outcome.row })
  }
  // It may have been committed although nobody told us: the row knows.
  update(turn, { createUnknown: true })
  refused(turn, 'create', outcome.reason)
}

/** Not what we asked for, and no word about the row: said once, then tried again until the deadline. No status is final: proxies come and go. */
function refused(turn: Turn, what: 'create' | 'claim', reason: string): void {
  const { failure, deadlineAt } = starting(turn)!
  const known = failure?.code === 'discovery' && failure.question !== 'read'
  if (!known) turn.log('warn', `the ${what} failed; trying until the join deadline`, { reason })
  // One that the deadline cut short says less than what was answered before.
  if (!known || turn.ms < deadlineAt) update(turn, { failure: { code: 'discovery', question: what, reason } })
  pauseUntil(turn, writeDueAt(turn))
}

export function claim(turn: Turn, row: Row): void {
  if (mayNotWrite(turn)) return
  noteWrite(turn)
  const { ask, timeoutMs } = question(turn)
  go(turn, { kind: 'claiming', ask })
  const relayMultiaddrs = turn.state.relayMultiaddrs.length > 0 ? turn.state.relayMultiaddrs : row.relayMultiaddrs
  turn.emit({ type: 'rotate-row', no: ask.no, name: row.name, revision: row.revision, relayMultiaddrs, timeoutMs })
}

export function onBootstrapClaimed(turn: Turn, no: number, outcome: WriteOutcome): void {
  const role = starting(turn)
  if (role?.step.kind !== 'claiming' || role.step.ask.no !== no) return
  if (outcome.kind === 'ok' && outcome.row.manager === turn.me) return reign(turn, outcome.row, role.step.ask.sentAt)
  if (outcome.kind === 'trouble') return refused(turn, 'claim', outcome.reason)
  onSight(turn, outcome.kind === 'absent' ? outcome : { kind: 'row', row: outcome.row })
}

/** Committed: a cluster of one, under this row. */
function reign(turn: Turn, row: Row, sentAt: Now): void {
  const document = freshDocument(turn)
  takeRole(turn, row, sentAt, {
    document,
    tickAt: sentAt.monoMs + livenessIntervalMs(leaseFrom(sentAt, row)),
    clock: 'start'
  })
  if (row.revision !== undefined && turn.state.settings.watch && !turn.state.watchOpen) {
    turn.set({ watchOpen: true })
    turn.emit({ type: 'open-watch', name: row.name })
  }
  turn.emit({ type: 'joined' })
}
