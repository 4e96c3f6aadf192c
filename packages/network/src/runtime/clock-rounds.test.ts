import { expect, test } from 'vitest'
import * as clock from '../protocols/clock.ts'
import { FakeStream } from '../testing/fake-stream.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { befriend, type RawSubstream, startPeer, startRaw, until } from '../testing/peers.ts'
import { testEnv } from '../testing/test-env.ts'
import { askRounds } from './clock-rounds.ts'
import type { HeartbeatSource } from './peer-runtime.ts'

/** Offset of `b`'s clock in these tests: far more than any path takes. */
const aheadNs = 1_000_000_000_000n

async function friends(limits = {}) {
  const [a, b] = [
    await startPeer({ limits }),
    await startPeer({ limits, source: { clockId: 'b/s/monotonic', clockHash: 'hb', nowNs: () => process.hrtime.bigint() + aheadNs } })
  ]
  await befriend(a, b)
  return [a, b] as const
}

test('a clock that is read many times: the samples are of it, and at most two are worth keeping', async () => {
  const [a, b] = await friends()
  const { clockId, clockHash, samples } = await a.runtime.requestClock(b.peerId, { rounds: 20 })
  expect({ clockId, clockHash }).toEqual({ clockId: 'b/s/monotonic', clockHash: 'hb' })
  expect(samples.length === 1 || samples.length === 2).toBe(true)
  for (const { offsetNs, uncertaintyNs } of samples) {
    const error = offsetNs - aheadNs
    expect((error < 0n ? -error : error) <= uncertaintyNs / 2n + 1n).toBe(true)
  }
})

test('the substream is closed behind the last answer, and another one is as good', async () => {
  const [a, b] = await friends()
  for (let no = 0; no < 40; no++) await a.runtime.requestClock(b.peerId, { rounds: 1 })
  expect(a.lines.filter((line) => line.startsWith('warn'))).toEqual([])
})

test('who asks more often than it may is cut off, and keeps what came before', async () => {
  const [a, b] = await friends({ clockQuestionsMax: 3 })
  const { samples } = await a.runtime.requestClock(b.peerId, { rounds: 4 })
  expect(samples.length === 1 || samples.length === 2).toBe(true)
  expect((await a.runtime.requestClock(b.peerId, { rounds: 3 })).clockId).toBe('b/s/monotonic')
})

test('a peer that does not speak it: the error says so', async () => {
  const raw = await startRaw()
  const peer = await startPeer({ members: [raw] })
  await expect(peer.runtime.requestClock(raw.peerId, { rounds: 4 })).rejects.toMatchObject({
    code: 'open-stream',
    details: { reason: 'unsupported-protocol' }
  })
})

/** A peer that asks a raw one, which does `serve` with the substream. */
async function asking(serve: (substream: RawSubstream) => void, limits = {}) {
  const raw = await startRaw()
  raw.serve(clock.PROTOCOL_ID, serve)
  const peer = await startPeer({ members: [raw], limits })
  return { raw, peer, asked: peer.runtime.requestClock(raw.peerId, { rounds: 2 }) }
}

/** Its answers, one for every question. */
const answers = (substream: RawSubstream, ...all: readonly Uint8Array[]): void => {
  const left = [...all]
  substream.stream.addEventListener('message', () => {
    const next = left.shift()
    if (next !== undefined) substream.send(next)
  })
}
const named = (clockId: string) => clock.encodeName({ clockId, clockHash: 'h' })

test.each<[string, (substream: RawSubstream) => void, string | undefined]>([
  ['ends without an answer', ({ stream }) => void stream.close(), 'decode'],
  ['answers with a frame that is too long', (substream) => answers(substream, Uint8Array.of(0, 0, 4, 1)), 'frame-too-large'],
  ['answers with nothing', (substream) => answers(substream, new Uint8Array(4)), 'decode'],
  [
    'is two clocks',
    (substream) =>
      answers(
        substream,
        clock.answer(named('one'), 1n, () => 1n),
        clock.answer(named('two'), 2n, () => 2n)
      ),
    'decode'
  ],
  ['resets', ({ stream }) => stream.abort(new Error('no')), undefined]
])('a peer that %s: nothing was learned', async (_what, serve, code) => {
  const { asked } = await asking(serve)
  await expect(asked).rejects.toMatchObject({ code: 'protocol', ...(code && { cause: { code } }) })
})

test('a peer that never answers is waited for only so long', async () => {
  const { asked } = await asking(() => {}, { clockExchangeMs: 30 })
  await expect(asked).rejects.toMatchObject({ code: 'timeout' })
})

test('readings that make no sense are left out; the clock is known all the same', async () => {
  const backwards = clock.answer(named('c'), 5n, () => 4n)
  const { asked } = await asking((substream) => answers(substream, backwards, backwards))
  expect(await asked).toEqual({ clockId: 'c', clockHash: 'h', samples: [] })
})

test('the ones that count are the fastest out and the fastest back', async () => {
  const second = 1_000_000_000n // the age of arrived bytes is nothing beside it
  const raw = await startRaw()
  const answer = (received: bigint) => clock.answer(named('c'), received * second, () => received * second)
  raw.serve(clock.PROTOCOL_ID, (substream) => answers(substream, answer(1_010n), answer(1_105n), answer(1_220n), answer(1_330n)))
  const readings = [1_000n, 1_030n, 1_100n, 1_145n, 1_200n, 1_230n, 1_300n, 1_360n]
  const limits = { clockQuestionMs: 1_000 } // not cut short on a busy machine
  const peer = await startPeer({ members: [raw], limits, source: { nowNs: () => readings.shift()! * second } })
  const { samples } = await peer.runtime.requestClock(raw.peerId, { rounds: 4 })
  // Out 10, 5, 20, 30 and back 20, 40, 10, 30.
  expect(samples.map(({ roundTripNs }) => Math.round(Number(roundTripNs) / 1e9))).toEqual([45, 30])
})

test('a stranger is not told what our clock reads', async () => {
  const [raw, peer] = [await startRaw(), await startPeer()]
  const substream = await raw.open(peer, clock.PROTOCOL_ID)
  if (substream.stream.status === 'open') substream.send(clock.question)
  expect(await substream.ended).toBe('reset')
  expect(substream.received.length).toBe(0)
})

test('who leaves the allow-list meanwhile is cut off', async () => {
  const raw = await startRaw()
  const peer = await startPeer({ members: [{ peerId: raw.peerId, multiaddrs: [] }] })
  const substream = await raw.open(peer, clock.PROTOCOL_ID)
  substream.send(clock.question)
  await until(() => substream.received.length > 0)
  peer.runtime.setAllowedPeers([])
  expect(await substream.ended).toBe('reset')
})

/** A row over a path that takes so long each way; the peer's clock is ahead. Says how many questions were sent and what came of them. */
async function rowOver(oneWayMs: number, rounds: number) {
  const timers = new ManualTimers()
  const stream = new FakeStream()
  const nowNs = () => BigInt(timers.monoMs()) * 1_000_000n
  let questions = 0
  stream.send = () => {
    questions++
    const answer = () => clock.answer(named('c'), nowNs() + aheadNs, () => nowNs() + aheadNs)
    timers.after(oneWayMs, () => {
      const bytes = answer()
      timers.after(oneWayMs, () => stream.receive(bytes))
    })
    return true
  }
  const source = { clockId: 'me', clockHash: 'h', nowNs, resolutionNs: 1n } as HeartbeatSource
  const asked = askRounds(stream.substream, source, { rounds, env: testEnv(timers) })
  const beganMs = timers.monoMs()
  let tookMs: number | undefined
  void asked.then(() => (tookMs = timers.monoMs() - beganMs))
  while (tookMs === undefined) await timers.advance(1)
  expect(timers.pending, 'no alarm is left behind').toBeLessThanOrEqual(1) // the answer that is still on its way
  return { questions, tookMs, samples: (await asked).samples }
}

test.each([
  [1, 64, 64],
  [60, 64, 32],
  [150, 64, 13],
  [350, 64, 6],
  [350, 8, 1],
  [2_400, 64, 1]
])(
  'over a path of %i ms each way, of %i questions %i are asked, and the row ends before the peer resets it',
  async (oneWayMs, rounds, many) => {
    const { questions, tookMs, samples } = await rowOver(oneWayMs, rounds)
    expect(questions).toBe(many)
    expect(tookMs).toBeLessThan(5_000)
    expect(samples.length).toBeGreaterThan(0)
    for (const { offsetNs, uncertaintyNs } of samples) {
      expect(offsetNs).toBe(aheadNs)
      expect(uncertaintyNs).toBe(BigInt(2 * oneWayMs) * 1_000_000n)
    }
  }
)

test('a peer that falls silent in the middle of a row: what came counts', async () => {
  const first = clock.answer(named('c'), 5n, () => 5n)
  const { asked } = await asking((substream) => answers(substream, first), { clockQuestionMs: 50 })
  expect(await asked).toMatchObject({ clockId: 'c', samples: [{}] })
})

test('a peer that is cut off in the middle of a row: what came counts', async () => {
  const first = clock.answer(named('c'), 5n, () => 5n)
  const { asked } = await asking((substream) => {
    let questions = 0
    substream.stream.addEventListener('message', () =>
      questions++ === 0 ? substream.send(first) : substream.stream.abort(new Error('no'))
    )
  })
  expect(await asked).toMatchObject({ clockId: 'c', samples: [{}] })
})
