/**
 * Detects that the event loop was blocked, the process stopped or the machine suspended.
 *
 * A probe runs every 100 ms: when it is late, nothing else ran either, and the silence of other peers in that time means nothing. When wall time and
 * monotonic time advance differently, the machine was suspended or its wall clock set.
 */

import type { Clock } from '@auki/canonical'
import type { Event } from '../core/index.ts'
import { clockJumpMs, haltToldMs, healthProbeMs, lagReportedMs } from './shell-settings.ts'

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
    cancel = clock.after(healthProbeMs, () => {
      const monoMs = clock.monoMs() - before.monoMs
      const wallMs = Number(clock.wallNs() - before.wallNs) / 1e6
      // The next probe is set first: a report may throw, or stop the probing.
      probe()
      // First the cause, then its consequences.
      if (wallMs - monoMs > clockJumpMs || monoMs - healthProbeMs >= haltToldMs)
        suspendedFor(Math.round(Math.max(wallMs, monoMs) - healthProbeMs))
      if (monoMs - healthProbeMs >= lagReportedMs) post({ type: 'loop-lagged', ms: monoMs - healthProbeMs })
      if (Math.abs(wallMs - monoMs) > clockJumpMs) post({ type: 'clock-jumped' })
    })
  }
  probe()
  return { [Symbol.dispose]: () => cancel() }
}
