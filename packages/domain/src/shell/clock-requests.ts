/** Asks a peer for readings of its clock. */
import { reasonOf } from '@auki/canonical'
import { type ClockRounds, type LivenessEvent, type PeerRuntime, RequestError } from '@auki/network'
import { ntpSample, type SessionClock } from '@auki/time'
import type { ClockEffect, ClockEvent } from '../clock-core/clock-state.ts'
import type { Log } from '../log.ts'

/** A sample of a member's clock, from heartbeats or from a request. */
export type NtpSample = Omit<Extract<LivenessEvent, { type: 'ntp-sample-observed' }>, 'type'>

export interface ClockRequests {
  readonly sessionClock: SessionClock
  readonly runtime: () => Pick<PeerRuntime, 'requestClock' | 'requestInfo'>
  /** Aborts when the presence is over. */
  readonly stopped: AbortSignal
  readonly log: Log
}

type Question = Extract<ClockEffect, { type: 'ask' }>
type Outcome = Extract<ClockEvent, { type: 'clock-answered' }>['outcome']

/** Every sample of the answer goes to `observed`. Never rejects. */
export async function askForReadings(
  requests: ClockRequests,
  { peer: peerId, request }: Question,
  observed: (sample: NtpSample) => void
): Promise<Outcome> {
  const { sessionClock, runtime, stopped: signal, log } = requests
  try {
    const asked = request === 'info' ? askInfo(requests, peerId) : runtime().requestClock(peerId, { rounds: request, signal })
    const { clockId: remoteClockId, clockHash: remoteClockHash, samples } = await asked
    const clocks = { localClockId: sessionClock.id, localClockHash: sessionClock.hash, remoteClockId, remoteClockHash }
    for (const sample of samples) observed({ peerId, ...clocks, sample })
    return 'read'
  } catch (error) {
    if (request !== 'info' && error instanceof RequestError && error.details['reason'] === 'unsupported-protocol') return 'unsupported'
    log('debug', `the clock of ${peerId} could not be read: ${reasonOf(error)}`, { peerId })
    return 'failed'
  }
}

// The peer read its clock at some time between our own readings before the request was written and after the answer was read.
async function askInfo({ sessionClock, runtime, stopped: signal }: ClockRequests, peerId: string): Promise<ClockRounds> {
  let sentAtNs = sessionClock.nowNs()
  const onWrite = (): void => {
    sentAtNs = sessionClock.nowNs()
  }
  const { sessionNowNs, sessionClockId: clockId, sessionClockHash: clockHash } = await runtime().requestInfo(peerId, { signal, onWrite })
  const sample = ntpSample(sentAtNs, sessionNowNs, sessionNowNs, sessionClock.nowNs(), sessionClock.resolutionNs)
  return { clockId, clockHash, samples: [sample] }
}
