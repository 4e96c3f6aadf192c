/** How a bootstrap moves: from step to step, into a pause, to its end. */
import type { BootstrapFailure, Row } from './events.ts'
import { abandonAttempt } from './join-attempt.ts'
import { discoveryRequestMs, roundPauseMs } from './settings.ts'
import type { Ask, BootstrapStep, Starting, State } from './state.ts'
import { backoff, type Turn } from './turn.ts'

export const starting = (turn: Turn): Starting | undefined => (turn.state.role.kind === 'starting' ? turn.state.role : undefined)

export function update(turn: Turn, patch: Partial<Starting>): void {
  const role = starting(turn)
  if (role !== undefined) turn.become({ ...role, ...patch })
}

export const go = (turn: Turn, step: BootstrapStep): void => update(turn, { step })

/** A question to Discovery, which the join deadline ends as it ends everything here. */
export function question(turn: Turn): { readonly ask: Ask; readonly timeoutMs: number } {
  const timeoutMs = Math.max(1, Math.min(discoveryRequestMs, Math.ceil(starting(turn)!.deadlineAt - turn.ms)))
  return { ask: turn.ask(timeoutMs), timeoutMs }
}

/** Another round a little later. */
export function pause(turn: Turn, atMost = Number.POSITIVE_INFINITY): void {
  const { round } = starting(turn)!
  const until = Math.min(turn.ms + backoff(turn, round, roundPauseMs), atMost)
  update(turn, { round: round + 1 })
  pauseUntil(turn, until)
}

export function pauseUntil(turn: Turn, until: number): void {
  const role = starting(turn)!
  if (turn.ms >= role.deadlineAt) return onDeadline(turn, role)
  go(turn, { kind: 'pausing', until: Math.min(until, role.deadlineAt) })
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
export function onDeadline(turn: Turn, role: Starting): void {
  fail(turn, whyNotInTime(turn.state, role))
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

export function fail(turn: Turn, failure: BootstrapFailure): void {
  const role = starting(turn)
  if (role?.step.kind === 'joining') abandonAttempt(turn, role.step.attempt)
  turn.become({ kind: 'ended', slot: undefined })
  turn.emit({ type: 'bootstrap-failed', failure })
}
