/** What everything that talks to peers needs from its surroundings: time, chance, limits and a place for its log. All of it can be replaced. */
import type { Clock } from '@auki/canonical'
import * as defaults from '../protocols/limits.ts'
import type { RuntimeLog } from '../swarm/log.ts'

/** Every limit and deadline of the runtime; the defaults are those of the wire protocols. */
export type RuntimeLimits = { readonly [K in keyof typeof defaults]: number }

export interface RuntimeEnv {
  readonly limits: RuntimeLimits
  readonly timers: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly log: RuntimeLog
}

/** The limits with some of them replaced. */
export function resolveLimits(overrides: Partial<RuntimeLimits> = {}): RuntimeLimits {
  return { ...defaults, ...overrides }
}
