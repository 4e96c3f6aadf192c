/**
 * Recording how the session's monotonic clock and the wall clock relate.
 *
 * The wall clock is set and slewed by whoever keeps it; a reading of both, once a second, lets readers find out later when that was.
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

/** What a session knows of a log of its own. */
export interface Sampled {
  readonly clock: SessionClock
  readonly timer: Timer
  readonly monotonicClock: RegistryRef
  readonly utcClock: RegistryRef
}

const sampled = new WeakMap<TimeTransformLogHandle, Sampled>()

/** Ids of clocks alone do not say how to read them: a log can be sampled by the session that registered it. */
export function makeSampleable(handle: TimeTransformLogHandle, by: Sampled): void {
  sampled.set(handle, by)
}

/**
 * Record the session's monotonic clock against its UTC clock, at once and then on a fixed grid; a sample that is late for its tick is skipped. It ends when
 * it is disposed of, which flushes, or when the log is sealed. It keeps no process alive.
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

/** Returns whether there is a point in going on. */
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
