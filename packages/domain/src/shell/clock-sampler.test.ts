import { ManualClock } from '@auki/canonical/testing'
import { type ClockRounds, type ParticipantInfo, RequestError } from '@auki/network'
import { ntpSample, SessionClock } from '@auki/time'
import { beforeEach, expect, test } from 'vitest'
import { askAgainMs, burstSamples, ClockSampler, firstRounds, rounds } from './clock-sampler.ts'
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
/** Peers whose clock was asked for, and what they do about it; default: they do not speak that. */
let read: string[]
let answerClock: (peerId: string) => Promise<ClockRounds>
let samples: NtpSample[]
let manager: string | undefined
let memberIds: string[]
let stopping: AbortController

beforeEach(() => {
  clock = new ManualClock()
  asked = []
  read = []
  answerClock = () => Promise.reject(new RequestError('open-stream', 'no such protocol', { reason: 'unsupported-protocol' }))
  samples = []
  manager = 'm'
  memberIds = ['me', 'm', 'b']
  stopping = new AbortController()
  const source = { monotonicNs: () => ms(clock.monoMs()), utcNs: () => 0n, resolutionNs: 5n }
  sampler = new ClockSampler({
    sessionClock: new SessionClock({ id: 'me/s/monotonic', hash: 'mine', source }),
    localPeerId: 'me',
    clock,
    requestClock: (peerId, options) => {
      expect(options.signal).toBe(stopping.signal)
      read.push(`${peerId} ${options.rounds}`)
      return answerClock(peerId)
    },
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
    facts: () => ({ managerPeerId: manager, memberIds }),
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

const answering = async (peerId: string): Promise<ClockRounds> => ({
  clockId: `${peerId}/clock`,
  clockHash: 'h',
  samples: [ntpSample(0n, 6n, 7n, 20n), ntpSample(20n, 40n, 41n, 42n)]
})

/** What was asked of whom when a peer was new: a few questions first, so that something is known soon. */
const atOnce = (peerId: string): string[] => [`${peerId} ${firstRounds}`, `${peerId} ${rounds}`]

test('a Manager that is new to us is asked many times in a row: all that is worth keeping is observed, and nobody is asked who it is', async () => {
  answerClock = answering
  sampler.follow('m')
  sampler.follow('m')
  await settled()
  expect(read.splice(0)).toEqual(atOnce('m'))
  expect(asked).toEqual([])
  expect(samples.slice(0, 2).map(({ sample }) => sample.offsetNs)).toEqual([-3n, 9n])
  expect(samples[0]).toMatchObject({ peerId: 'm', localClockId: 'me/s/monotonic', remoteClockId: 'm/clock', remoteClockHash: 'h' })
  sampler.follow(undefined)
  sampler.follow('me')
  expect(read).toEqual([])
  sampler.follow('n')
  await settled()
  expect(read.splice(0)).toEqual(atOnce('n'))
  sampler.startAfresh()
  await settled()
  expect(read.splice(0)).toEqual(atOnce('n'))
})

/** At which seconds a clock is measured while it is wanted. */
async function measuredAt(untilSeconds: number): Promise<number[]> {
  answerClock = answering
  using _watch = sampler.watch('b')
  await settled()
  read.splice(0)
  const at: number[] = []
  for (let seconds = 2; seconds <= untilSeconds; seconds += askAgainMs / 1_000) {
    clock.advance(askAgainMs)
    await settled()
    for (const asked of read.splice(0)) {
      expect(asked).toBe(`b ${rounds}`)
      at.push(seconds)
    }
  }
  return at
}

/** How far apart they are. */
const pausesOf = (at: readonly number[]): Set<number> => new Set(at.slice(1).map((seconds, no) => seconds - at[no]!))

test('a clock that is wanted is measured every 2 s, in a cluster of four every 4 s, at first more often, and not once nobody wants it', async () => {
  const at = await measuredAt(60)
  expect(at.slice(0, 4)).toEqual([2, 4, 6, 8])
  expect(at.length).toBeGreaterThan(8)
  expect(pausesOf(at.slice(4))).toEqual(new Set([4]))
  memberIds = ['m', 'a']
  expect(pausesOf(await measuredAt(30))).toEqual(new Set([2]))
  clock.advance(20 * askAgainMs)
  expect(read).toEqual([])
})

test('in a larger cluster the members take turns, two of them every 2 s, and begin with a few questions', async () => {
  memberIds = Array.from({ length: 101 }, (_, at) => `p${at}`)
  answerClock = answering
  sampler.follow('m')
  await settled()
  expect(read).toEqual([`m ${firstRounds}`])
  sampler.follow(undefined)
  const at = await measuredAt(500)
  expect(at.length).toBeGreaterThan(2)
  expect(pausesOf(at)).toEqual(new Set([102]))
})

test('one that fails for any other reason is tried again, and not asked who it is', async () => {
  answerClock = () => Promise.reject(new RequestError('timeout', 'no read within 5000 ms'))
  sampler.follow('m')
  await settled()
  answerClock = answering
  clock.advance(askAgainMs)
  await settled()
  expect(read).toEqual([`m ${firstRounds}`, `m ${rounds}`])
  expect(asked).toEqual([])
  expect(samples).toHaveLength(2)
})

test('nobody is asked twice at a time', async () => {
  answerClock = () => new Promise(() => {})
  sampler.watch('b')
  sampler.follow('b')
  clock.advance(askAgainMs)
  await settled()
  expect(read).toEqual([`b ${firstRounds}`])
})

test('the time from writing the question to reading the answer is what counts, not the dialling before', async () => {
  sampler.watch('b')
  await settled()
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
  sampler.watch('b')
  await settled()
  await asked[0]!.answer({})
  expect(samples[0]?.sample.uncertaintyNs).toBe(5n)
})

test('one that does not speak that is asked four times who it is, one question at a time', async () => {
  sampler.follow('m')
  await settled()
  expect(asked).toHaveLength(1)
  expect(await answerAll()).toEqual(Array(burstSamples).fill('m'))
  sampler.follow('n')
  await settled()
  expect(await answerAll()).toHaveLength(burstSamples)
  sampler.startAfresh()
  await settled()
  expect(await answerAll()).toHaveLength(burstSamples)
  expect(read).toEqual([`m ${firstRounds}`, `n ${firstRounds}`])
})

test('a peer that is read is asked four times at once, then every two seconds, until nobody reads it any more', async () => {
  const first = sampler.watch('b')
  const second = sampler.watch('b')
  await settled()
  expect(await answerAll()).toEqual(Array(burstSamples).fill('b'))
  clock.advance(askAgainMs - 1)
  expect(asked).toEqual([])
  clock.advance(1)
  expect(await answerAll()).toEqual(['b'])
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  clock.advance(askAgainMs)
  expect(await answerAll()).toEqual(['b'])
  second[Symbol.dispose]()
  clock.advance(10 * askAgainMs)
  expect(asked).toEqual([])
  expect(clock.pending).toEqual([])
})

test('whose heartbeats we get is not asked besides; that may change while it is read', async () => {
  manager = 'me'
  sampler.watch('b')
  await settled()
  clock.advance(askAgainMs)
  manager = 'b'
  clock.advance(askAgainMs)
  expect(asked).toEqual([])
  manager = 'c'
  clock.advance(askAgainMs)
  expect(whom()).toEqual(['b'])
})

test('a peer that does not answer is asked again, where no heartbeats say it', async () => {
  sampler.watch('b')
  await settled()
  await asked.shift()!.fail()
  expect(asked).toEqual([])
  clock.advance(askAgainMs)
  await asked.shift()!.fail()
  clock.advance(askAgainMs)
  expect(whom()).toEqual(['b'])
})

test('an answer that can be no reading ends it, and nothing is observed', async () => {
  sampler.follow('m')
  await settled()
  await asked.shift()!.answer({ sessionNowNs: 2n ** 64n - 1n })
  expect(asked).toEqual([])
  expect(samples).toEqual([])
})

test('the end of the presence ends the asking', async () => {
  sampler.watch('b')
  await settled()
  expect(asked.shift()!.signal).toBe(stopping.signal)
  stopping.abort()
  clock.advance(askAgainMs)
  expect(asked).toEqual([])
  expect(clock.pending).toEqual([])
})
