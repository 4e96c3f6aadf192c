/** What a scenario found, held against what was promised. */

export type Verdict = 'held' | 'MISSED' | 'noted'

/** One line of the table. */
export interface Finding {
  readonly what: string
  /** Empty: nothing was promised. */
  readonly bound: string
  readonly measured: string
  readonly verdict: Verdict
}

const verdict = (isHeld: boolean): Verdict => (isHeld ? 'held' : 'MISSED')

/** Never: it did not happen while it was waited for. */
export const duration = (ms: number): string => {
  if (!Number.isFinite(ms)) return 'never'
  return ms < 1_000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1_000).toFixed(2)} s`
}

export class Checks {
  readonly findings: Finding[] = []

  /** A duration, ms; NaN and Infinity are over every bound. */
  within(what: string, ms: number, boundMs: number): void {
    this.findings.push({ what, bound: `≤ ${duration(boundMs)}`, measured: duration(ms), verdict: verdict(ms <= boundMs) })
  }

  atLeast(what: string, count: number, least: number): void {
    this.findings.push({ what, bound: `≥ ${least}`, measured: String(count), verdict: verdict(count >= least) })
  }

  /** Nothing of this kind happened; what did is listed. */
  none(what: string, seen: readonly string[]): void {
    const measured = seen.length === 0 ? 'none' : `${seen.length}: ${[...new Set(seen)].slice(0, 3).join('; ')}`
    this.findings.push({ what, bound: 'none', measured, verdict: verdict(seen.length === 0) })
  }

  /** Something about the set-up without which the rest would mean nothing. */
  sure(what: string, isSo: boolean, measured = isSo ? 'yes' : 'no'): void {
    this.findings.push({ what, bound: 'yes', measured, verdict: verdict(isSo) })
  }

  /** Worth knowing; nothing was promised. */
  note(what: string, measured: string): void {
    this.findings.push({ what, bound: '', measured, verdict: 'noted' })
  }
}
