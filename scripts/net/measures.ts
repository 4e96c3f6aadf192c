/** What can be read from when entries came, and how old they were. */
import type { Stream } from './messages.ts'

/** Of the sorted values, the one below or at which the share `p` (0 to 1) lies; NaN where there are none. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN
}

/** The longest time within a span in which nothing came, its ends included; ms. */
export function longestPause({ atMs }: Pick<Stream, 'atMs'>, fromMs: number, toMs: number): number {
  const times = [fromMs, ...atMs.filter((ms) => ms > fromMs && ms < toMs), toMs]
  return Math.max(...times.slice(1).map((ms, at) => ms - times[at]!))
}

/** How many entries came within a span. */
export const arrivals = ({ atMs }: Pick<Stream, 'atMs'>, fromMs: number, toMs: number): number =>
  atMs.filter((ms) => ms >= fromMs && ms <= toMs).length

/** Of the entries that came within a span, ms. */
export const ages = ({ atMs, agesMs }: Pick<Stream, 'atMs' | 'agesMs'>, fromMs: number, toMs: number): number[] =>
  agesMs.filter((_, at) => atMs[at]! >= fromMs && atMs[at]! <= toMs)
