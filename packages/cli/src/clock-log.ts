import { type Session, sampleTimeTransform } from '@auki/domain'
import type { OfferedLog } from './presence.ts'
import { clockLogRetentionNs } from './settings.ts'

/** Registers a log of how the session's clock and the wall clock relate, sampled once a second: with it others can tell what is stamped here in UTC. */
export async function registerClockLog(session: Session): Promise<OfferedLog> {
  const { monotonicClock: fromClock, utcClock: toClock } = session
  const source = { kind: 'local_clock_read' } as const
  const log = await session.registerTimeTransformLog({
    fromClock,
    toClock,
    source,
    head: { kind: 'rolling', retentionNs: clockLogRetentionNs }
  })
  const start = (): Disposable => {
    const sampling = sampleTimeTransform(log)
    // The handle says what could not be written; the end of the session flushes once more.
    return { [Symbol.dispose]: () => void sampling[Symbol.asyncDispose]().then(undefined, () => {}) }
  }
  return { resourceId: log.resourceId, start }
}
