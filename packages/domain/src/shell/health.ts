/**
 * Detects that the event loop was blocked, the process stopped or the machine suspended.
 *
 * A probe runs every 100 ms: when it is late, nothing else ran either, and the silence of other peers in that time means nothing. When wall time and
 * monotonic time advance differently, the machine was suspended or its wall clock set.
 */
import type { Clock } from '@auki/canonical'
import type { Event } from '../core/index.ts'

export const probeMs = 100
/** A probe is reported to the core when it is this late. */
export const lagReportedMs = 250
/** Wall and monotonic time of one probe may differ by this much. */
export const jumpMs = 1_000

/** The app is told of halts that are at least this long. */
export const haltToldMs = 1_500

export interface HealthReports {
  readonly post: (event: Event) => void
  /** Nothing ran for about `ms`. */
  readonly suspendedFor: (ms: number) => void
}

/** Probes until disposed of. */
export function watchHealth(clock: Clock, { post, suspendedFor }: HealthReports): Disposable {
  let cancel: () => void
  const probe = (): void => {
    const before = { monoMs: clock.monoMs(), wallNs: clock.wallNs() }
    cancel = clock.after(probeMs, () => {
      const monoMs = clock.monoMs() - before.monoMs
      const wallMs = Number(clock.wallNs() - before.wallNs) / 1e6
      // The next probe is set first: a report may throw, or stop the probing.
      probe()
      // First the cause, then its consequences.
      if (wallMs - monoMs > jumpMs || monoMs - probeMs >= haltToldMs) suspendedFor(Math.round(Math.max(wallMs, monoMs) - probeMs))
      if (monoMs - probeMs >= lagReportedMs) post({ type: 'loop-lagged', ms: monoMs - probeMs })
      if (Math.abs(wallMs - monoMs) > jumpMs) post({ type: 'clock-jumped' })
    })
  }
  probe()
  return { [Symbol.dispose]: () => cancel() }
}
