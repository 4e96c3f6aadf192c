/** How a bootstrap moves: from step to step, into a pause, to its end. */

import { backoff, type Draft } from './draft.ts'
import type { BootstrapFailure } from './effect.ts'
import type { Row } from './events.ts'
import { abandonAttempt } from './join-attempt.ts'
import type { BootstrapStep, Starting } from './joining-state.ts'
import type { Ask } from './role.ts'
import type { Sight } from './rows.ts'
import { discoveryRequestMs, roundPauseMs } from './settings.ts'
import type { State } from './state.ts'

/** Go on to another step, which is over when the timer `step` goes off. */
export function go(draft: Draft<Starting>, step: BootstrapStep): void {
  if (step.kind !== 'joining') draft.disarm('poll')
  draft.start({ step })
}

/** A question to Discovery, which the join deadline ends as it ends everything here. */
export function question(draft: Draft<Starting>): { readonly ask: Ask; readonly timeoutMs: number } {
  const timeoutMs = Math.max(1, Math.min(discoveryRequestMs, Math.ceil(draft.role.deadlineAt - draft.ms)))
  return { ask: draft.ask('step', timeoutMs), timeoutMs }
}

export function read(draft: Draft<Starting>): void {
  const { target } = draft.role
  const { ask, timeoutMs } = question(draft)
  go(draft, { kind: 'reading', ask })
  if (target.kind === 'mostRecentOrCreate') draft.emit({ type: 'read-newest-row', no: ask.no, timeoutMs })
  else draft.emit({ type: 'read-row', no: ask.no, name: target.name, timeoutMs })
}

/** Another round a little later. */
export function pause(draft: Draft<Starting>, atMost = Number.POSITIVE_INFINITY): void {
  const { round } = draft.role
  const until = Math.min(draft.ms + backoff(draft, round, roundPauseMs), atMost)
  draft.start({ round: round + 1 })
  pauseUntil(draft, until)
}

export function pauseUntil(draft: Draft<Starting>, until: number): void {
  const { deadlineAt } = draft.role
  if (draft.ms >= deadlineAt) return onDeadline(draft)
  go(draft, { kind: 'pausing' })
  draft.arm('step', Math.min(until, deadlineAt))
}

/** An address or a relay to be reached at. Without, a row of ours would name a Manager that nobody can dial. */
export const reachable = ({ self, relayMultiaddrs }: State): boolean => self.multiaddrs.length > 0 || relayMultiaddrs.length > 0

export const sendJoinFailure = (row: Row, reason: string, timedOut: boolean): BootstrapFailure => ({
  code: 'send-join',
  reason,
  timedOut,
  manager: { peerId: row.manager, multiaddrs: row.multiaddrs }
})

/** The join deadline is over: the best reason we have. */
export function onDeadline(draft: Draft<Starting>): void {
  fail(draft, whyNotInTime(draft.state, draft.role))
}

function whyNotInTime(state: State, { failure, goneAt, row, target }: Starting): BootstrapFailure {
  if (failure?.code === 'discovery') return failure
  if (goneAt !== undefined) {
    const creates = target.kind !== 'join' && !state.self.observer
    return { code: creates && !reachable(state) ? 'unreachable-creator' : 'not-found' }
  }
  if (failure !== undefined) return failure
  const reason = 'the Manager in the row did not let us in in time'
  if (row === undefined || row.manager === state.self.peerId) return { code: 'send-join', reason, timedOut: true }
  return sendJoinFailure(row, reason, true)
}

export function fail(draft: Draft<Starting>, failure: BootstrapFailure): void {
  const { step } = draft.role
  if (step.kind === 'joining') abandonAttempt(draft, step.attempt)
  draft.become({ kind: 'ended', slot: undefined })
  draft.emit({ type: 'bootstrap-failed', failure })
}

/** A pause is not cut short by what is known already. */
export const sameRow = (row: Row | undefined, sight: Sight): boolean =>
  row !== undefined && sight.kind === 'row' && sight.row.manager === row.manager && sight.row.revision === row.revision
