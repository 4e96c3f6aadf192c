/**
 * Recording how the session's monotonic clock and the wall clock relate.
 *
 * The wall clock may be set or slewed at any time. With a reading of both clocks once a second, readers can tell later when, and by how much.
 */
import type { Timer } from '@auki/canonical'
import { type RegistryRef, sameRef } from '@auki/registry'
import { type SessionClock, timeTransformSample } from '@auki/time'
import { LogError } from './errors.ts'
import type { TimeTransformLogHandle } from './session-logs.ts'
import { samplePeriodMsDefault, samplePeriodMsMax } from './settings.ts'

/** How often clocks are compared, and who is told when that fails. */
export interface SampleTimeTransformOptions {
  /** From one sample to the next; ms, default 1000. */
  readonly periodMs?: number
  /** Told of every sample that could not be appended. Sampling goes on; the handle's `failure` says the same. */
  readonly onFailure?: (error: unknown) => void
}

/** What sampling needs of the session that registered the log. */
export interface Sampled {
  readonly clock: SessionClock
  readonly timer: Timer
  readonly monotonicClock: RegistryRef
  readonly utcClock: RegistryRef
}

const sampled = new WeakMap<TimeTransformLogHandle, Sampled>()

/** A manifest names clocks by id, which does not say how to read them. So only a log that a session registered here can be sampled. */
export function makeSampleable(handle: TimeTransformLogHandle, by: Sampled): void {
  sampled.set(handle, by)
}

/**
 * Record the session's monotonic clock against its UTC clock: now, and then at whole periods from now. A sample that would be late is skipped. It ends when
 * it is disposed of, which also flushes the log, or when the log is sealed. It does not keep a process alive.
 *
 * @param handle - of a TimeTransform log from the session's `monotonicClock` to its `utcClock`.
 * @throws LogError `manifest` for a log of other clocks; RangeError for a period that is no positive number. Disposing throws what `flush` does.
 */
export function sampleTimeTransform(handle: TimeTransformLogHandle, options: SampleTimeTransformOptions = {}): AsyncDisposable {
  const { periodMs = samplePeriodMsDefault, onFailure = () => {} } = options
  if (!(periodMs > 0 && periodMs <= samplePeriodMsMax)) {
    throw new RangeError(`periodMs is ${periodMs}; give a number of ms above 0, at most ${samplePeriodMsMax}`)
  }
  const by = sampled.get(handle)
  const { fromClock, toClock } = handle.manifest
  if (by === undefined || !sameRef(fromClock, by.monotonicClock) || !sameRef(toClock, by.utcClock)) {
    const message = `manifest: "${handle.resourceId}" does not relate a session's monotonic clock to its UTC clock: register a log of these two`
    throw new LogError('manifest', message, { resourceId: handle.resourceId })
  }
  const stop = tick({ ...by, periodNs: BigInt(Math.round(periodMs * 1e6)) }, () => sample(handle, by.clock, onFailure))
  return {
    async [Symbol.asyncDispose]() {
      stop()
      await handle.flush()
    }
  }
}

/** Calls `run` now and at whole periods from now, until it returns false or the returned function is called. */
function tick({ clock, timer, periodNs }: Sampled & { readonly periodNs: bigint }, run: () => boolean): () => void {
  const startNs = clock.nowNs()
  let cancel = (): void => {}
  const wait = (ticks: bigint): void => {
    const dueNs = startNs + ticks * periodNs
    const delayMs = Math.ceil(Number(dueNs - clock.nowNs()) / 1e6)
    const ring = (): void => {
      const nowNs = clock.nowNs()
      if (nowNs < dueNs) wait(ticks)
      else if (run()) wait((nowNs - startNs) / periodNs + 1n)
    }
    cancel = timer.after(Math.max(delayMs, 0), ring)
  }
  if (run()) wait(1n)
  return () => cancel()
}

/** Appends one sample. Returns false once the log is sealed. */
function sample(handle: TimeTransformLogHandle, clock: SessionClock, onFailure: (error: unknown) => void): boolean {
  if (handle.state === 'sealed') return false
  const beforeNs = clock.nowNs()
  const utcNs = clock.utcNowNs()
  const { timestampNs, offsetNs, uncertaintyNs } = timeTransformSample(beforeNs, utcNs, clock.nowNs())
  try {
    void handle.append({ timestampNs, payload: { offsetNs, uncertaintyNs } })?.catch(onFailure)
  } catch (error) {
    onFailure(error)
  }
  return true
}
