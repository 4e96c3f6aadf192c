/** How a bootstrap moves: from step to step, into a pause, to its end. */
import type { BootstrapFailure } from './events.ts'
import { abandonAttempt } from './join-attempt.ts'
import { roundPauseMs } from './settings.ts'
import type { BootstrapStep, Starting } from './state.ts'
import { backoff, type Turn } from './turn.ts'

export const starting = (turn: Turn): Starting | undefined => (turn.state.role.kind === 'starting' ? turn.state.role : undefined)

export function update(turn: Turn, patch: Partial<Starting>): void {
  const role = starting(turn)
  if (role !== undefined) turn.become({ ...role, ...patch })
}

export const go = (turn: Turn, step: BootstrapStep): void => update(turn, { step })

/** Another round a little later. */
export function pause(turn: Turn, atMost = Number.POSITIVE_INFINITY): void {
  const role = starting(turn)!
  if (turn.ms >= role.deadlineAt) return onDeadline(turn, role)
  const until = Math.min(turn.ms + backoff(turn, role.round, roundPauseMs), atMost, role.deadlineAt)
  update(turn, { round: role.round + 1, step: { kind: 'pausing', until } })
}

/** The join deadline is over: the best reason we have. */
export function onDeadline(turn: Turn, role: Starting): void {
  if (role.failure !== undefined && role.goneAt === undefined) fail(turn, role.failure)
  else if (role.goneAt !== undefined) fail(turn, { code: 'not-found' })
  else fail(turn, { code: 'send-join', reason: 'the Manager in the row did not let us in in time', timedOut: true })
}

export function fail(turn: Turn, failure: BootstrapFailure): void {
  const role = starting(turn)
  if (role?.step.kind === 'joining') abandonAttempt(turn, role.step.attempt)
  turn.become({ kind: 'ended', slot: undefined })
  turn.emit({ type: 'bootstrap-failed', failure })
}
