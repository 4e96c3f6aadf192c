/** Where readings come from. The SDK reads no other clock, so that tests and simulations can bring their own. */
import { coarsestStepNs, stepReadsMax, stepsWatched } from './settings.ts'

export interface ClockSource {
  /** The smallest step of `monotonicNs`. */
  readonly resolutionNs: bigint
  /** Nanoseconds since some fixed instant; never goes back. */
  monotonicNs(): bigint
  /** Wall clock, nanoseconds since 1970; may jump. */
  utcNs(): bigint
}

/** The machine's clocks: `process.hrtime` where there is one (Node), else `performance.now()` with its measured step. */
export function systemClockSource(): ClockSource {
  const { process } = globalThis as { process?: { hrtime?: { bigint?: () => bigint } } }
  const hrtime = process?.hrtime?.bigint
  if (hrtime !== undefined) return { resolutionNs: 1n, monotonicNs: () => hrtime(), utcNs }
  const nowMs = () => performance.now()
  return { resolutionNs: measuredStepNs(nowMs), monotonicNs: () => BigInt(Math.round(nowMs() * 1e6)), utcNs }
}

function utcNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}

/** The smallest of a clock's next steps. Browsers coarsen `performance.now()` to between 5 µs and 100 ms; this waits for it to move. */
export function measuredStepNs(nowMs: () => number): bigint {
  let smallestMs = Number.POSITIVE_INFINITY
  let previousMs = nowMs()
  for (let reads = 0, steps = 0; reads < stepReadsMax && steps < stepsWatched; reads++) {
    const readMs = nowMs()
    if (readMs <= previousMs) continue
    smallestMs = Math.min(smallestMs, readMs - previousMs)
    previousMs = readMs
    steps++
  }
  return Number.isFinite(smallestMs) ? BigInt(Math.max(1, Math.round(smallestMs * 1e6))) : coarsestStepNs
}
