/** The bootstrap's own writes: a create where the row is absent, a claim where it names us. Neither goes round without a pause. */
import { go, pauseUntil, question, reachable } from './bootstrap-steps.ts'
import type { Draft } from './draft.ts'
import type { Row } from './events.ts'
import type { Starting } from './joining-state.ts'
import { leaseFrom, livenessIntervalMs } from './lease.ts'
import { noteWrite, writeDueAt } from './pace.ts'
import { freshDocument, takeRole } from './promotion.ts'
import type { Ask } from './role.ts'

/** A second write within an interval: look at the row again when it may leave. And none leaves beyond the join deadline, which a halt may have passed. */
function mayNotWrite(draft: Draft<Starting>): boolean {
  const dueAt = writeDueAt(draft)
  if (dueAt <= draft.ms && draft.ms < draft.role.deadlineAt) return false
  pauseUntil(draft, dueAt)
  return true
}

export function create(draft: Draft<Starting>, name: string): void {
  if (mayNotWrite(draft)) return
  if (!reachable(draft.state))
    draft.log('warn', 'nobody can reach us: no address and no relay, so nobody can join the cluster we create', { cluster: name })
  noteWrite(draft)
  const { ask, timeoutMs } = question(draft)
  draft.set({ clusterName: name, document: { ...draft.state.document, clusterName: name } })
  go(draft, { kind: 'creating', ask })
  draft.emit({ type: 'create-row', no: ask.no, name, relayMultiaddrs: draft.state.relayMultiaddrs, timeoutMs })
}

/** Not what we asked for, and no word about the row: said once, then tried again until the deadline. No status is final: proxies come and go. */
export function refused(draft: Draft<Starting>, what: 'create' | 'claim', reason: string): void {
  const { failure, deadlineAt } = draft.role
  const known = failure?.code === 'discovery' && failure.question !== 'read'
  if (!known) draft.log('warn', `the ${what} failed; trying until the join deadline`, { reason })
  // One that the deadline cut short says less than what was answered before.
  if (!known || draft.ms < deadlineAt) draft.start({ failure: { code: 'discovery', question: what, reason } })
  pauseUntil(draft, writeDueAt(draft))
}

export function claim(draft: Draft<Starting>, row: Row): void {
  if (mayNotWrite(draft)) return
  noteWrite(draft)
  const { ask, timeoutMs } = question(draft)
  go(draft, { kind: 'claiming', ask })
  const relayMultiaddrs = draft.state.relayMultiaddrs.length > 0 ? draft.state.relayMultiaddrs : row.relayMultiaddrs
  draft.emit({ type: 'rotate-row', no: ask.no, name: row.name, revision: row.revision, relayMultiaddrs, timeoutMs })
}

/** Committed: a cluster of one, under this row. */
export function reign(draft: Draft<Starting>, row: Row, ask: Ask): void {
  const { sentAt } = ask
  const document = freshDocument(draft)
  takeRole(draft, row, ask, {
    document,
    tickAt: sentAt.monoMs + livenessIntervalMs(leaseFrom(sentAt, row)),
    clock: 'start'
  })
  if (row.revision !== undefined && draft.state.settings.watch && !draft.state.watchOpen) {
    draft.set({ watchOpen: true })
    draft.emit({ type: 'open-watch', name: row.name })
  }
  draft.emit({ type: 'joined' })
}
