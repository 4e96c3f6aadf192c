/** How a bootstrap moves: from step to step, into a pause, to its end. */

import { backoff, type Draft } from './draft.ts'
import type { BootstrapFailure, Row } from './events.ts'
import { abandonAttempt } from './join-attempt.ts'
import { discoveryRequestMs, roundPauseMs } from './settings.ts'
import type { Ask, BootstrapStep, Starting, State } from './state.ts'

export const starting = (draft: Draft): Starting | undefined => (draft.state.role.kind === 'starting' ? draft.state.role : undefined)

export function update(draft: Draft, patch: Partial<Starting>): void {
  const role = starting(draft)
  if (role !== undefined) draft.become({ ...role, ...patch })
}

export const go = (draft: Draft, step: BootstrapStep): void => update(draft, { step })

/** A question to Discovery, which the join deadline ends as it ends everything here. */
export function question(draft: Draft): { readonly ask: Ask; readonly timeoutMs: number } {
  const timeoutMs = Math.max(1, Math.min(discoveryRequestMs, Math.ceil(starting(draft)!.deadlineAt - draft.ms)))
  return { ask: draft.ask(timeoutMs), timeoutMs }
}

/** Another round a little later. */
export function pause(draft: Draft, atMost = Number.POSITIVE_INFINITY): void {
  const { round } = starting(draft)!
  const until = Math.min(draft.ms + backoff(draft, round, roundPauseMs), atMost)
  update(draft, { round: round + 1 })
  pauseUntil(draft, until)
}

export function pauseUntil(draft: Draft, until: number): void {
  const role = starting(draft)!
  if (draft.ms >= role.deadlineAt) return onDeadline(draft, role)
  go(draft, { kind: 'pausing', until: Math.min(until, role.deadlineAt) })
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
export function onDeadline(draft: Draft, role: Starting): void {
  fail(draft, whyNotInTime(draft.state, role))
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

export function fail(draft: Draft, failure: BootstrapFailure): void {
  const role = starting(draft)
  if (role?.step.kind === 'joining') abandonAttempt(draft, role.step.attempt)
  draft.become({ kind: 'ended', slot: undefined })
  draft.emit({ type: 'bootstrap-failed', failure })
}
