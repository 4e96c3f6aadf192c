import { ManualClock } from '@auki/canonical/testing'
import { type ClockRounds, type ParticipantInfo, RequestError } from '@auki/network'
import { ntpSample, SessionClock } from '@auki/time'
import { beforeEach, expect, test } from 'vitest'
import { askForReadings, type ClockRequests, type NtpSample } from './clock-requests.ts'

const ms = (n: number): bigint => BigInt(n) * 1_000_000n

let clock: ManualClock
let requests: ClockRequests
let answerClock: () => Promise<ClockRounds>
let answerInfo: (onWrite: () => void) => Partial<ParticipantInfo>
let samples: NtpSample[]
let logged: string[]
const stopping = new AbortController()

beforeEach(() => {
  clock = new ManualClock()
  samples = []
  logged = []
  const source = { monotonicNs: () => ms(clock.monoMs()), utcNs: () => 0n, resolutionNs: 5n }
  requests = {
    sessionClock: new SessionClock({ id: 'me/s/monotonic', hash: 'mine', source }),
    runtime: () => ({
      requestClock: (peerId, { rounds, signal }) => {
        expect([peerId, rounds, signal]).toEqual(['b', 64, stopping.signal])
        return answerClock()
      },
      requestInfo: async (peerId, { signal, onWrite = () => {} } = {}) => {
        expect([peerId, signal]).toEqual(['b', stopping.signal])
        return { sessionClockId: 'b/clock', sessionClockHash: 'h', sessionNowNs: 0n, ...answerInfo(onWrite) } as ParticipantInfo
      }
    }),
    stopped: stopping.signal,
    log: (level, text) => logged.push(`${level} ${text}`)
  }
})

const ask = (request: number | 'info') =>
  askForReadings(requests, { type: 'ask', peer: 'b', no: 1, request }, (sample) => samples.push(sample))

const clocks = { peerId: 'b', localClockId: 'me/s/monotonic', localClockHash: 'mine', remoteClockId: 'b/clock', remoteClockHash: 'h' }

test('every sample of a burst is observed', async () => {
  const burst = [ntpSample(0n, 6n, 7n, 20n), ntpSample(20n, 40n, 41n, 42n)]
  answerClock = async () => ({ clockId: 'b/clock', clockHash: 'h', samples: burst })
  expect(await ask(64)).toBe('read')
  expect(samples).toEqual(burst.map((sample) => ({ ...clocks, sample })))
})

test('a peer that supports no bursts is told from one that fails', async () => {
  answerClock = () => Promise.reject(new RequestError('open-stream', 'no such protocol', { reason: 'unsupported-protocol' }))
  expect(await ask(64)).toBe('unsupported')
  expect(logged).toEqual([])
  answerClock = () => Promise.reject(new RequestError('timeout', 'no read within 5000 ms'))
  expect(await ask(64)).toBe('failed')
  expect(logged).toEqual(['debug the clock of b could not be read: no read within 5000 ms'])
  expect(samples).toEqual([])
})

test('the time from writing the question to reading the answer is what counts, not the dialling before', async () => {
  answerInfo = (onWrite) => {
    clock.advance(300) // dialling
    onWrite()
    clock.advance(10)
    return { sessionNowNs: ms(5_000) }
  }
  expect(await ask('info')).toBe('read')
  const sample = { roundTripNs: ms(10), remoteProcessingNs: 0n, uncertaintyNs: ms(10), offsetNs: ms(4_695), observedAtClockNs: ms(310) }
  expect(samples).toEqual([{ ...clocks, sample: expect.objectContaining(sample) }])
})

test('a sample is never surer than our clock is fine', async () => {
  answerInfo = () => ({})
  await ask('info')
  expect(samples[0]?.sample.uncertaintyNs).toBe(5n)
})

test('an answer that can be no reading is a failure, and nothing is observed', async () => {
  answerInfo = () => ({ sessionNowNs: 2n ** 64n - 1n })
  expect(await ask('info')).toBe('failed')
  expect(samples).toEqual([])
})
