/**
 * Could this machine listen?
 *
 * A probe that should run every 100 ms tells: when it comes late, nothing else ran either, and the silence of others in that time means nothing.
 * When wall time and monotonic time part, the machine slept or somebody set its clock.
 */
import type { Event } from '../core/index.ts'
import type { ShellClock } from './clock.ts'

export const probeMs = 100
/** A probe this late is reported. */
export const lagReportedMs = 250
/** Wall and monotonic progress of one probe may differ by this. */
export const jumpMs = 1_000

/** The app hears of a halt from this long on, as it may have missed what happened meanwhile. */
export const haltToldMs = 1_500

export interface HealthReports {
  readonly post: (event: Event) => void
  /** Nothing ran for about `ms`. */
  readonly suspendedFor: (ms: number) => void
}

/** Probes until disposed of. */
export function watchHealth(clock: ShellClock, { post, suspendedFor }: HealthReports): Disposable {
  let cancel: () => void
  const probe = (): void => {
    const before = { monoMs: clock.monoMs(), wallNs: clock.wallNs() }
    cancel = clock.after(probeMs, () => {
      const monoMs = clock.monoMs() - before.monoMs
      const wallMs = Number(clock.wallNs() - before.wallNs) / 1e6
      // Probing goes on whatever the reports lead to; a report may also end it.
      probe()
      // Before what it leads to.
      if (wallMs - monoMs > jumpMs || monoMs - probeMs >= haltToldMs) suspendedFor(Math.round(Math.max(wallMs, monoMs) - probeMs))
      if (monoMs - probeMs >= lagReportedMs) post({ type: 'loop-lagged', ms: monoMs - probeMs })
      if (Math.abs(wallMs - monoMs) > jumpMs) post({ type: 'clock-jumped' })
    })
  }
  probe()
  return { [Symbol.dispose]: () => cancel() }
}
