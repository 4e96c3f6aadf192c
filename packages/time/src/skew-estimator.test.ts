/** The skew estimator behind `ClockSyncState`, with clocks whose true offset is known. Many seeds of it run in `npm run clock-sim`. */
import { describe, expect, test } from 'vitest'
import { type ClockSample, ClockSyncState, type ClockTransformEstimate, ntpSample, offsetAt, TimeError, uncertaintyAt } from './index.ts'

const ms = 1_000_000
const second = 1_000 * ms

/** A remote clock that is `offset` ahead at reading 0 of the local one, and gains `skew` ns per ns. */
interface Remote {
  readonly offset: number
  readonly skew: number
  readonly stepNs?: number
}

const trueOffset = ({ offset, skew }: Remote, localNs: number) => offset + skew * localNs

/** The beginning of beat `n`; no reading is round. */
const beatNs = (n: number) => n * 500 * ms + n * 7_919 + 1

/** Sent at `sentNs` of the local clock, `there` and `back` on the path, `wait` before the answer. */
function exchange(remote: Remote, sentNs: number, { there = 0.2 * ms, back = 0.2 * ms, wait = 250 * ms } = {}): ClockSample {
  const step = remote.stepNs ?? 1
  const remoteAt = (localNs: number) => BigInt(Math.floor((localNs + trueOffset(remote, localNs)) / step)) * BigInt(step)
  const received = sentNs + there
  const answered = received + wait + (sentNs % 7_919) // no reading is round
  return ntpSample(BigInt(sentNs), remoteAt(received), remoteAt(answered), BigInt(Math.ceil(answered + back)))
}

class Pair {
  readonly state = new ClockSyncState()

  observe(sample: ClockSample): ClockTransformEstimate {
    return this.state.observe('A', 'ah', 'B', 'bh', sample)!
  }

  at(localNs: number): ClockTransformEstimate {
    return this.state.estimate('A', 'B', { nowNs: BigInt(localNs) })!
  }

  /** By how much the estimate is wrong at a reading, and by how much it says it may be. */
  error(remote: Remote, localNs: number): { error: number; claimed: number } {
    const estimate = this.at(localNs)
    return {
      error: Math.abs(Number(offsetAt(estimate, BigInt(localNs))) - trueOffset(remote, localNs)),
      claimed: Number(estimate.uncertaintyNs)
    }
  }
}

/** Heartbeats twice a second, with queues that differ from one to the next. */
function beats(
  pair: { observe(sample: ClockSample): unknown },
  remote: Remote,
  from: number,
  count: number,
  delays: (n: number) => { there?: number; back?: number } = () => ({})
): void {
  for (let n = 0; n < count; n++) {
    const queue = { there: (0.2 + ((n * 7) % 11) / 20) * ms, back: (0.2 + ((n * 5) % 13) / 20) * ms }
    pair.observe(exchange(remote, from + beatNs(n), { ...queue, ...delays(n) }))
  }
}

describe('offset and rate', () => {
  test.each([-100e-6, -20e-6, 0, 100e-6])('are known after some beats of a clock at %s', (skew) => {
    const remote = { offset: 7 * second, skew }
    const pair = new Pair()
    beats(pair, remote, 0, 40)
    expect(Math.abs(pair.at(20 * second).skewPpb - skew * 1e9)).toBeLessThan(2_000)
    for (const age of [0, 1, 5, 60]) {
      const { error, claimed } = pair.error(remote, (20 + age) * second)
      expect(error).toBeLessThan(10_000 + age * 2_000)
      expect(error).toBeLessThan(claimed)
    }
  })

  test('congestion in one direction moves them no more than the best sample is wrong', () => {
    const remote = { offset: -3 * second, skew: 30e-6 }
    const pair = new Pair()
    beats(pair, remote, 0, 40)
    beats(pair, remote, 20 * second, 20, () => ({ there: 60 * ms }))
    expect(pair.error(remote, 30 * second).error).toBeLessThan(15_000)
  })

  test('do not depend on the order in which exchanges that overlap come in', () => {
    const remote = { offset: 1_234, skew: 50e-6 }
    const [ordered, mixed] = [new Pair(), new Pair()]
    const slow = Array.from({ length: 10 }, (_, n) => exchange(remote, beatNs(n), { wait: 450 * ms }))
    const quick = Array.from({ length: 10 }, (_, n) => exchange(remote, beatNs(n) + 200 * ms, { wait: 0, there: (n + 1) * 0.1 * ms }))
    for (let n = 0; n < 10; n++) {
      for (const sample of [quick[n]!, slow[n]!]) ordered.observe(sample)
      for (const sample of [slow[n]!, quick[n]!]) mixed.observe(sample)
    }
    expect(mixed.at(6 * second)).toEqual(ordered.at(6 * second))
  })

  test('take clocks far apart and far from zero to the nanosecond', () => {
    const near = new Pair()
    const far = new Pair()
    const [aheadNs, laterNs] = [2n ** 61n + 1n, 2n ** 60n + 1n]
    beats(near, { offset: 0, skew: 10e-6 }, 0, 20)
    for (let n = 0; n < 20; n++) {
      const queue = { there: (0.2 + ((n * 7) % 11) / 20) * ms, back: (0.2 + ((n * 5) % 13) / 20) * ms }
      const sample = exchange({ offset: 0, skew: 10e-6 }, beatNs(n), queue)
      far.observe({ ...sample, offsetNs: sample.offsetNs + aheadNs, observedAtClockNs: sample.observedAtClockNs + laterNs })
    }
    const there = far.state.estimate('A', 'B', { nowNs: laterNs + 12_000_000_000n })!
    const here = near.at(12 * second)
    expect(there).toEqual({
      ...here,
      offsetNs: here.offsetNs + aheadNs,
      observedAtClockNs: here.observedAtClockNs + laterNs
    })
  })
})

describe('the uncertainty', () => {
  test('holds the truth from the first sample on, at every age, and beside the reading asked about', () => {
    for (const skew of [-200e-6, 5e-6, 200e-6]) {
      const remote = { offset: 0, skew }
      const pair = new Pair()
      for (let n = 0; n < 30; n++) {
        pair.observe(exchange(remote, beatNs(n), { there: 0.05 * ms, back: (0.05 + ((n * n) % 7)) * ms }))
        const now = beatNs(n) + 300 * ms
        for (const age of [0, 0.3, 5, 100]) {
          const { error, claimed } = pair.error(remote, now + age * second)
          expect(error).toBeLessThanOrEqual(claimed)
          const held = BigInt(now - age * second)
          const wrong = Math.abs(Number(offsetAt(pair.at(now), held)) - trueOffset(remote, Number(held)))
          expect(wrong).toBeLessThanOrEqual(Number(uncertaintyAt(pair.at(now), held)))
        }
      }
    }
  })

  test('is no more than half the shortest path and 250 ppm of its age, and grows with age', () => {
    const remote = { offset: 0, skew: 20e-6 }
    const pair = new Pair()
    beats(pair, remote, 0, 60)
    const claims = [0, 1, 10, 100].map((age) => pair.error(remote, (30 + age) * second).claimed)
    const shortest = new ClockSyncState({ estimator: 'lowest-uncertainty' })
    beats({ observe: (sample) => shortest.observe('A', 'ah', 'B', 'bh', sample) }, remote, 0, 60)
    const { uncertaintyNs, ageNs } = shortest.estimate('A', 'B', { nowNs: BigInt(30 * second) })!
    expect(claims[0]).toBeLessThan(Number(uncertaintyNs) / 2 + 250e-6 * Number(ageNs))
    expect(claims[0]).toBeLessThan(0.6 * ms)
    expect(claims.toSorted((a, b) => a - b)).toEqual(claims)
    expect(new Set(claims).size).toBe(4)
  })

  test('knows what a clock with coarse steps hides', () => {
    const remote = { offset: 1_230 * ms, skew: 0, stepNs: 10 * ms }
    const pair = new Pair()
    for (let n = 0; n < 40; n++) {
      try {
        pair.observe(exchange(remote, beatNs(n) + n * 777_777, { wait: 0 }))
      } catch (error) {
        expect(error).toBeInstanceOf(TimeError)
      }
      const { error, claimed } = pair.error(remote, beatNs(n) + n * 777_777)
      expect(error).toBeLessThanOrEqual(claimed)
      expect(claimed).toBeLessThan(25 * ms)
    }
  })
})

describe('two clocks are never mixed', () => {
  test.each([30 * second, -30 * second, 5 * ms, -5 * ms])('a clock that jumped by %s ns is another one', (jump) => {
    const before = { offset: 0, skew: 20e-6 }
    const after = { offset: jump, skew: 20e-6 }
    const pair = new Pair()
    beats(pair, before, 0, 30)
    expect(pair.observe(exchange(after, 20 * second)).sampleCount).toBe(1)
    expect(pair.error(after, 20.3 * second).error).toBeLessThan(0.1 * ms)
    expect(pair.observe(exchange(after, 20.5 * second)).sampleCount).toBe(2)
  })

  test('not even while there are too few samples to tell a rate', () => {
    const pair = new Pair()
    pair.observe(exchange({ offset: 0, skew: 0 }, 0, { there: 0, back: 0 }))
    expect(pair.observe(exchange({ offset: second, skew: 0 }, second))).toMatchObject({ sampleCount: 1, offsetNs: BigInt(second) })
  })

  test('a rate no crystal has is two clocks each time', () => {
    const pair = new Pair()
    for (let n = 0; n < 20; n++) {
      expect(pair.observe(exchange({ offset: 0, skew: 5e-3 }, beatNs(n), { wait: 0 })).sampleCount).toBe(1)
    }
  })
})

test('readings at the ends of their range break nothing', () => {
  const pair = new Pair()
  const ends = [2n ** 63n - 1n, -(2n ** 63n), 0n, 2n ** 62n]
  for (let n = 0n; n < 40n; n++) {
    for (const end of ends) {
      const sample = { offsetNs: end, uncertaintyNs: 7n, roundTripNs: 7n, remoteProcessingNs: 0n, observedAtClockNs: n }
      expect(pair.observe(sample)).toMatchObject({ offsetNs: end, sampleCount: 1 })
    }
    const late = {
      offsetNs: 0n,
      uncertaintyNs: 7n,
      roundTripNs: 2n ** 63n - 1n,
      remoteProcessingNs: 2n ** 63n - 8n,
      observedAtClockNs: 2n ** 63n - 1n
    }
    expect(typeof pair.observe(late).uncertaintyNs).toBe('bigint')
  }
})

describe('clocks as they are in browsers and under time daemons', () => {
  test('a local clock of 16 ms: its samples count, and hold the truth', () => {
    const state = new ClockSyncState()
    const stepNs = 16 * ms
    const local = (trueNs: number) => BigInt(Math.floor(trueNs / stepNs) * stepNs)
    let taken = 0
    for (let n = 0; n < 100; n++) {
      const sent = beatNs(n) + ((n * n * 777_777) % stepNs)
      const [received, back] = [sent + 0.2 * ms, sent + 0.5 * ms]
      const sample = ntpSample(local(sent), BigInt(received), BigInt(received + 5_000), local(back), BigInt(stepNs))
      state.observe('A', 'ah', 'B', 'bh', sample)
      taken++
      const { offsetNs, uncertaintyNs } = state.estimate('A', 'B', { nowNs: local(back) })!
      expect(Math.abs(Number(offsetNs))).toBeLessThanOrEqual(Number(uncertaintyNs))
    }
    expect(taken).toBe(100)
  })

  test.each([500e-6, -1_000e-6])('a constant drift of %s is told and held', (skew) => {
    const remote = { offset: 5 * second, skew }
    const pair = new Pair()
    for (let n = 0; n < 60; n++) {
      beats(pair, remote, n * 500 * ms, 1)
      const { error, claimed } = pair.error(remote, n * 500 * ms + 700 * ms)
      expect(error).toBeLessThanOrEqual(claimed)
    }
    expect(Math.abs(pair.at(30 * second).skewPpb - skew * 1e9)).toBeLessThan(20_000)
  })
})
