/** What the runtime needs from its surroundings: time, chance, limits and a place for its log. All of it can be replaced. */
import * as defaults from '../protocols/limits.ts'

/** Every limit and deadline of the runtime; the defaults are those of the wire protocols. */
export type RuntimeLimits = { readonly [K in keyof typeof defaults]: number }

/** A clock that only moves forward, and alarms on it. */
export interface Timers {
  /** Milliseconds, monotonic. */
  now(): number
  /** Calls `run` once, `delayMs` from now; the returned function cancels. Alarms don't keep a process alive. */
  after(delayMs: number, run: () => void): () => void
}

/** `debug`: the normal course of a network; `warn`: somebody should look at it. */
export type RuntimeLog = (level: 'debug' | 'warn', message: string, details?: Readonly<Record<string, unknown>>) => void

export interface RuntimeEnv {
  readonly limits: RuntimeLimits
  readonly timers: Timers
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly log: RuntimeLog
}

/** The limits with some of them replaced. */
export function resolveLimits(overrides: Partial<RuntimeLimits> = {}): RuntimeLimits {
  return { ...defaults, ...overrides }
}

/** The platform's timers. In Node they are `unref`'d, so that a forgotten runtime does not hold the process. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (delayMs, run) => {
    const timer: unknown = setTimeout(run, delayMs)
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
    return () => clearTimeout(timer as number)
  }
}
