import type { Clock } from '@auki/canonical'
import { type RuntimeEnv, type RuntimeLimits, resolveLimits } from '../exchange/env.ts'

/** An environment for one part of the runtime; `lines` is what it logged. */
export function testEnv(timers: Clock, limits: Partial<RuntimeLimits> = {}): RuntimeEnv & { readonly lines: string[] } {
  const lines: string[] = []
  return { limits: resolveLimits(limits), timers, random: () => 0.5, log: (level, message) => lines.push(`${level} ${message}`), lines }
}
