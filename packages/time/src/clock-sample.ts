import { TimeError } from './errors.ts'
import { isI64, max } from './numbers.ts'

/** One measurement of a remote clock against the local one; nanoseconds. */
export interface ClockSample {
  /** remote − local */
  readonly offsetNs: bigint
  /** The whole time on the path, not halved. */
  readonly uncertaintyNs: bigint
  /** From our send to our receive, on the local clock. */
  readonly roundTripNs: bigint
  /** From their receive to their send, on the remote clock. */
  readonly remoteProcessingNs: bigint
  /** On the local clock. */
  readonly observedAtClockNs: bigint
}

/**
 * The sample of four readings in the order they are taken: our send, their receive, their send, our receive. However long the other side waits
 * before it answers cancels out.
 *
 * A coarse local clock may make the round trip look shorter than the processing, by less than its step: that is no reason to refuse the sample.
 *
 * @param localResolutionNs - the step of the local clock; the uncertainty is never less.
 * @throws TimeError `local-clock-went-backwards`, `remote-clock-went-backwards`, `round-trip-shorter-than-remote-processing`, `offset-out-of-range`.
 */
export function ntpSample(
  localSendNs: bigint,
  remoteReceiveNs: bigint,
  remoteSendNs: bigint,
  localReceiveNs: bigint,
  localResolutionNs = 0n
): ClockSample {
  const roundTripNs = localReceiveNs - localSendNs
  const remoteProcessingNs = remoteSendNs - remoteReceiveNs
  const refuse = (code: TimeError['code'], what: string) =>
    new TimeError(code, `${what}: the sample is dropped`, { localSendNs, remoteReceiveNs, remoteSendNs, localReceiveNs })

  if (!isDuration(roundTripNs)) throw refuse('local-clock-went-backwards', 'the local clock went backwards')
  if (!isDuration(remoteProcessingNs)) throw refuse('remote-clock-went-backwards', 'the remote clock went backwards')
  if (roundTripNs + localResolutionNs < remoteProcessingNs) {
    throw refuse('round-trip-shorter-than-remote-processing', 'the round trip was shorter than the processing at the far end')
  }
  const offsetNs = (remoteReceiveNs - localSendNs + (remoteSendNs - localReceiveNs)) / 2n
  if (!isI64(offsetNs)) throw refuse('offset-out-of-range', `the offset ${offsetNs} does not fit an i64`)
  const uncertaintyNs = max(roundTripNs - remoteProcessingNs, localResolutionNs)
  return { offsetNs, uncertaintyNs, roundTripNs, remoteProcessingNs, observedAtClockNs: localReceiveNs }
}

function isDuration(ns: bigint): boolean {
  return ns >= 0n && isI64(ns)
}
