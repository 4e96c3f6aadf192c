import type { ParticipantInfo } from '@auki/network'
import { SessionClock } from '@auki/time'
import { beforeEach, expect, test } from 'vitest'
import { ManualClock } from '../testing/manual-clock.ts'
import { askAgainMs, burstSamples, ClockSampler } from './clock-sampler.ts'
import type { NtpSample } from './cluster-clocks.ts'

interface Asked {
  readonly peerId: string
  readonly signal: AbortSignal | undefined
  readonly onWrite: () => void
  readonly answer: (info: Partial<ParticipantInfo>) => Promise<void>
  readonly fail: () => Promise<void>
}

const ms = (n: number): bigint => BigInt(n) * 1_000_000n
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

let clock: ManualClock
let sampler: ClockSampler
let asked: Asked[]
let samples: NtpSample[]
let manager: string | undefined
let stopping: AbortController

beforeEach(() => {
  clock = new ManualClock()
  asked = []
  samples = []
  manager = 'm'
  stopping = new AbortController()
  const source = { monotonicNs: () => ms(clock.monoMs()), utcNs: () => 0n, resolutionNs: 5n }
  sampler = new ClockSampler({
    sessionClock: new SessionClock({ id: 'me/s/monotonic', hash: 'mine', source }),
    localPeerId: 'me',
    clock,
    requestInfo: (peerId, { signal, onWrite = () => {} } = {}) => {
      const { promise, resolve, reject } = Promise.withResolvers<ParticipantInfo>()
      const answer = async (info: Partial<ParticipantInfo>): Promise<void> => {
        resolve({ sessionClockId: `${peerId}/clock`, sessionClockHash: 'h', sessionNowNs: 0n, ...info } as ParticipantInfo)
        await settled()
      }
      const fail = async (): Promise<void> => {
        reject(new Error('no answer'))
        await settled()
      }
      asked.push({ peerId, signal, onWrite, answer, fail })
      return promise
    },
    facts: () => ({ managerPeerId: manager }),
    observed: (sample) => samples.push(sample),
    stopped: stopping.signal,
    log: () => {}
  })
})

const whom = () => asked.splice(0).map(({ peerId }) => peerId)

/** Answers every question as it comes, until none comes any more. */
async function answerAll(info: Partial<ParticipantInfo> = {}): Promise<string[]> {
  const peers: string[] = []
  for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
    peers.push(next.peerId)
    await next.answer(info)
  }
  return peers
}

test('the time from writing the question to reading the answer is what counts, not the dialling before', async () => {
  void sampler.burst('b')
  clock.advance(300) // dialling
  asked[0]!.onWrite()
  clock.advance(10)
  await asked[0]!.answer({ sessionNowNs: ms(5_000) })
  expect(samples).toEqual([
    {
      peerId: 'b',
      localClockId: 'me/s/monotonic',
      localClockHash: 'mine',
      remoteClockId: 'b/clock',
      remoteClockHash: 'h',
      sample: expect.objectContaining({
        roundTripNs: ms(10),
        remoteProcessingNs: 0n,
        uncertaintyNs: ms(10),
        offsetNs: ms(4_695),
        observedAtClockNs: ms(310)
      })
    }
  ])
})

test('a sample is never surer than our clock is fine', async () => {
  void sampler.burst('b')
  await asked[0]!.answer({})
  expect(samples[0]?.sample.uncertaintyNs).toBe(5n)
})

test('a Manager that is new to us is asked four times, one question at a time; nobody is asked about itself', async () => {
  sampler.follow('m')
  sampler.follow('m')
  expect(asked).toHaveLength(1)
  expect(await answerAll()).toEqual(Array(burstSamples).fill('m'))
  sampler.follow('m')
  sampler.follow(undefined)
  sampler.follow('me')
  expect(asked).toEqual([])
  sampler.follow('n')
  expect(await answerAll()).toHaveLength(burstSamples)
  sampler.startAfresh()
  sampler.follow('n')
  expect(await answerAll()).toHaveLength(burstSamples)
})

test('a peer that is read is asked four times at once, then every two seconds, until nobody reads it any more', async () => {
  const first = sampler.watch('b')
  const second = sampler.watch('b')
  expect(await answerAll()).toEqual(Array(burstSamples).fill('b'))
  clock.advance(askAgainMs - 1)
  expect(asked).toEqual([])
  clock.advance(1)
  expect(whom()).toEqual(['b'])
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  clock.advance(askAgainMs)
  expect(whom()).toEqual(['b'])
  second[Symbol.dispose]()
  clock.advance(10 * askAgainMs)
  expect(asked).toEqual([])
  expect(clock.alarms).toEqual([])
})

test('whose heartbeats we get is not asked besides; that may change while it is read', () => {
  manager = 'b'
  sampler.watch('b')
  clock.advance(askAgainMs)
  manager = 'me'
  clock.advance(askAgainMs)
  expect(asked).toEqual([])
  manager = 'c'
  clock.advance(askAgainMs)
  expect(whom()).toEqual(['b'])
})

test('a peer that does not answer is asked again only where it is read', async () => {
  sampler.follow('m')
  await asked.shift()!.fail()
  expect(asked).toEqual([])
  sampler.watch('b')
  await asked.shift()!.fail()
  clock.advance(askAgainMs)
  await asked.shift()!.fail()
  clock.advance(askAgainMs)
  expect(whom()).toEqual(['b'])
})

test('an answer that can be no reading ends it, and nothing is observed', async () => {
  sampler.follow('m')
  await asked.shift()!.answer({ sessionNowNs: 2n ** 64n - 1n })
  expect(asked).toEqual([])
  expect(samples).toEqual([])
})

test('nobody is asked twice at a time: following whom we read already adds no questions', async () => {
  void sampler.burst('b')
  void sampler.burst('b')
  expect(asked).toHaveLength(1)
  expect(await answerAll()).toHaveLength(burstSamples)
  void sampler.burst('b')
  expect(await answerAll()).toHaveLength(burstSamples)
})

test('the end of the presence ends the asking', () => {
  sampler.watch('b')
  expect(asked.shift()!.signal).toBe(stopping.signal)
  stopping.abort()
  clock.advance(askAgainMs)
  expect(asked).toEqual([])
  expect(clock.alarms).toEqual([])
})
