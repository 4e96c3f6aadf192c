import { describe, expect, test } from 'vitest'
import {
  type ClockTransformEstimate,
  ConvertTimeError,
  convertTime,
  type DomainClockEstimate,
  domainStep,
  identityEstimate,
  liveStep,
  logStep,
  type TimeStep,
  type TimeTransformEntry
} from './index.ts'

const i64Max = 2n ** 63n - 1n
const clockOf = (id: string) => ({ id, hash: `hash of ${id}` })
const entry = (timestampNs: bigint, offsetNs: bigint, uncertaintyNs = 1): TimeTransformEntry => ({ timestampNs, offsetNs, uncertaintyNs })

/** A log that says one thing at all times. */
function constant(from: string, to: string, offsetNs: bigint, uncertaintyNs: number, timestampNs = 0n): TimeStep {
  return logStep({ fromClock: clockOf(from), toClock: clockOf(to), entries: [entry(timestampNs, offsetNs, uncertaintyNs)] })
}

function live(from: string, to: string, changes: Partial<ClockTransformEstimate>): TimeStep {
  const [toClockId, toClockHash] = [to, `hash of ${to}`]
  return liveStep({ ...identityEstimate(clockOf(from), 0n), toClockId, toClockHash, ...changes })
}

const idsOf = (path: readonly { to: { id: string } }[]) => path.map((step) => step.to.id).join(' ')

describe('steps', () => {
  test('live: the offset at the instant, both ways, and the distance from the observation', () => {
    const step = live('A', 'B', { offsetNs: 1_000n, observedAtClockNs: 500n, uncertaintyNs: 8n })
    expect(step.read(700n, 'forward')).toEqual({ offsetNs: 1_000n, uncertaintyNs: 8n, ageNs: 200n })
    expect(step.read(300n, 'forward')?.ageNs).toBe(200n)
    expect(step.read(1_700n, 'backward')).toEqual({ offsetNs: -1_000n, uncertaintyNs: 8n, ageNs: 200n })
  })

  test('live with skew: there and back again', () => {
    const step = live('A', 'B', { offsetNs: 1_000n, observedAtClockNs: 500n, skewPpb: 200_000 })
    const there = step.read(5_000_000_500n, 'forward')!
    expect(there.offsetNs).toBe(1_001_000n)
    expect(step.read(5_000_000_500n + there.offsetNs, 'backward')?.offsetNs).toBe(-1_001_000n)
  })

  const domain: DomainClockEstimate = {
    ...({ localClockId: 'A', localClockHash: 'ah', domainClockId: 'c/domain-clock', domainClockHash: 'dh' } as DomainClockEstimate),
    totalOffsetNs: -400n,
    uncertaintyNs: 9n,
    observedAtClockNs: 500n,
    ageNs: 200n,
    skewPpb: 0,
    skewUncertaintyPpb: 0
  }

  test('domain: the total offset, both ways', () => {
    const step = domainStep(domain)
    expect(step).toMatchObject({ kind: 'domain', from: { id: 'A', hash: 'ah' }, to: { id: 'c/domain-clock', hash: 'dh' } })
    expect(step.read(800n, 'forward')).toEqual({ offsetNs: -400n, uncertaintyNs: 9n, ageNs: 300n })
    expect(step.read(400n, 'backward')).toEqual({ offsetNs: 400n, uncertaintyNs: 9n, ageNs: 300n })
  })

  test('domain with skew: from the reading asked about, there and back again', () => {
    const step = domainStep({ ...domain, skewPpb: -100_000, skewUncertaintyPpb: 10_000 })
    expect(step.read(700n, 'forward')).toEqual({ offsetNs: -400n, uncertaintyNs: 9n, ageNs: 200n })
    const there = step.read(2_000_000_700n, 'forward')!
    expect(there).toEqual({ offsetNs: -200_400n, uncertaintyNs: 20_009n, ageNs: 2_000_000_200n })
    expect(step.read(2_000_000_700n - 200_400n, 'backward')).toEqual({ ...there, offsetNs: 200_400n })
  })

  test('what is certain of a live estimate fades with the distance, on each step of a path at the instant it is taken', () => {
    const fading = { offsetNs: 1_000n, observedAtClockNs: 500n, uncertaintyNs: 8n, skewUncertaintyPpb: 20_000 }
    const step = live('A', 'B', fading)
    expect(step.read(1_000_000_500n, 'forward')?.uncertaintyNs).toBe(20_008n)
    expect(step.read(-999_999_500n, 'forward')?.uncertaintyNs).toBe(20_008n)
    expect(step.read(1_000_001_500n, 'backward')?.uncertaintyNs).toBe(20_008n)
    const there = convertTime([live('A', 'B', fading), live('A', 'C', fading)], clockOf('B'), clockOf('C'), 2_000_001_500n)
    expect(there).toMatchObject({ timeNs: 2_000_001_500n, uncertaintyNs: 80_016n, ageNs: 2_000_000_000n })
  })
})

describe('convertTime', () => {
  const convert = (steps: TimeStep[], from: string, to: string, tNs: bigint, options = {}) =>
    convertTime(steps, clockOf(from), clockOf(to), tNs, options)

  test('the same clock is the same time', () => {
    expect(convert([], 'A', 'A', 5n)).toEqual({ timeNs: 5n, offsetNs: 0n, uncertaintyNs: 0n, ageNs: 0n, path: [] })
  })

  test('the same id under another hash is another clock', () => {
    const found = () => convertTime([constant('A', 'B', 1n, 1)], { id: 'A', hash: 'x' }, { id: 'A', hash: 'y' }, 5n)
    expect(found).toThrow(expect.objectContaining({ code: 'no-path' }))
    expect(() => convertTime([constant('A', 'B', 1n, 1)], clockOf('A'), { id: 'B', hash: 'x' }, 5n)).toThrow(ConvertTimeError)
  })

  test('goes over several steps, forward and backward, each at the instant reached', () => {
    const drifting = logStep({ fromClock: clockOf('B'), toClock: clockOf('C'), entries: [entry(0n, 0n, 4), entry(1000n, 100n, 5)] })
    const steps = [constant('B', 'A', -300n, 2), drifting, live('D', 'C', { offsetNs: 5n, uncertaintyNs: 3n, observedAtClockNs: 500n })]
    expect(convert(steps, 'A', 'D', 200n)).toEqual({
      timeNs: 545n, // 200 → 500 on B → 550 on C → 545 on D
      offsetNs: 345n,
      uncertaintyNs: 10n,
      ageNs: 500n, // of the one entry between A and B: 200 on A is 500 after its reading
      path: [
        { kind: 'log', from: clockOf('A'), to: clockOf('B'), offsetNs: 300n, uncertaintyNs: 2n },
        { kind: 'log', from: clockOf('B'), to: clockOf('C'), offsetNs: 50n, uncertaintyNs: 5n },
        { kind: 'live', from: clockOf('C'), to: clockOf('D'), offsetNs: -5n, uncertaintyNs: 3n }
      ]
    })
  })

  test('takes the least uncertain path, even if it is longer, and of parallel steps the better', () => {
    const steps = [
      constant('A', 'D', 9n, 10),
      constant('A', 'B', 1n, 3),
      constant('A', 'B', 2n, 2),
      constant('B', 'C', 1n, 3),
      constant('C', 'D', 1n, 3)
    ]
    expect(convert(steps, 'A', 'D', 0n)).toMatchObject({ timeNs: 4n, uncertaintyNs: 8n })
    expect(convert(steps.toReversed(), 'A', 'D', 0n)).toMatchObject({ timeNs: 4n, uncertaintyNs: 8n })
  })

  test('on a tie takes fewer steps, then the smaller clock ids, in whatever order the steps come', () => {
    const detour = [constant('A', 'x', 1n, 5), constant('x', 'D', 1n, 5), constant('A', 'm b', 2n, 5), constant('m b', 'D', 2n, 5)]
    const further = [constant('A', 'm', 3n, 5), constant('m', 'D', 3n, 5)]
    for (const steps of [[...detour, ...further], [...further, ...detour], [...detour, ...further].toReversed()]) {
      expect(idsOf(convert(steps, 'A', 'D', 0n).path)).toBe('m D')
      expect(idsOf(convert([...steps, constant('A', 'D', 7n, 10)], 'A', 'D', 0n).path)).toBe('D')
      expect(idsOf(convert([constant('A', 'D', 7n, 10), ...steps], 'A', 'D', 0n).path)).toBe('D')
    }
  })

  test('four steps connect, five do not', () => {
    const chain = [...'ABCDE'].map((from, at) => constant(from, 'BCDEF'[at]!, 1n, 1))
    expect(convert(chain, 'A', 'E', 0n).path).toHaveLength(4)
    expect(convert(chain, 'E', 'A', 0n).timeNs).toBe(-4n)
    expect(() => convert(chain, 'A', 'F', 0n)).toThrow(
      expect.objectContaining({ code: 'no-path', details: { from: clockOf('A'), to: clockOf('F') } })
    )
  })

  test('steps too old are left out; if only they would connect, it is stale', () => {
    const old = constant('A', 'B', 1n, 1, 0n)
    const young = constant('A', 'B', 2n, 50, 1000n)
    expect(convert([old, young], 'A', 'B', 1000n).timeNs).toBe(1001n)
    expect(convert([old, young], 'A', 'B', 1000n, { maxAgeNs: 999n }).timeNs).toBe(1002n)
    expect(convert([old], 'A', 'B', 1000n, { maxAgeNs: 1000n }).ageNs).toBe(1000n)
    expect(() => convert([old], 'A', 'B', 1000n, { maxAgeNs: 999n })).toThrow(
      expect.objectContaining({ code: 'stale', details: { ageNs: 1000n, maxAgeNs: 999n } })
    )
    expect(() => convert([old], 'A', 'C', 1000n, { maxAgeNs: 999n })).toThrow(expect.objectContaining({ code: 'no-path' }))
  })

  test('hands the size of a jump to the logs', () => {
    const log = logStep({ fromClock: clockOf('A'), toClock: clockOf('B'), entries: [entry(0n, 0n), entry(1000n, 100n)] })
    expect(convert([log], 'A', 'B', 500n).timeNs).toBe(550n)
    expect(convert([log], 'A', 'B', 500n, { discontinuityNs: 100n }).timeNs).toBe(500n)
  })

  test('an answer beyond i64 is none', () => {
    expect(convert([constant('A', 'B', 1n, 1)], 'A', 'B', i64Max - 1n).timeNs).toBe(i64Max)
    expect(() => convert([constant('A', 'B', 1n, 1)], 'A', 'B', i64Max)).toThrow(
      expect.objectContaining({ code: 'conversion-out-of-range', details: { timeNs: i64Max, offsetNs: 1n } })
    )
    const there = [constant('A', 'B', 1n, 1), constant('B', 'C', -1n, 1)]
    expect(() => convert(there, 'A', 'C', i64Max)).toThrow(
      expect.objectContaining({ code: 'conversion-out-of-range', details: { timeNs: i64Max, offsetNs: 1n } })
    )
    expect(convert([...there, constant('A', 'C', 0n, 1000)], 'A', 'C', i64Max).timeNs).toBe(i64Max)
    expect(() => convert(there, 'A', 'D', i64Max)).toThrow(expect.objectContaining({ code: 'no-path' }))
  })

  test('uncertainties that add up beyond u64 are no answer', () => {
    const vague = (from: string, to: string) => live(from, to, { uncertaintyNs: 2n ** 63n })
    expect(convert([vague('A', 'B')], 'A', 'B', 0n).uncertaintyNs).toBe(2n ** 63n)
    expect(() => convert([vague('A', 'B'), vague('B', 'C')], 'A', 'C', 0n)).toThrow(
      expect.objectContaining({ code: 'conversion-out-of-range' })
    )
  })

  test('a peer of many clocks is searched without going round in circles', () => {
    let reads = 0
    const counted = Array.from({ length: 100 }, (_, at): TimeStep => {
      const step = constant('own', `remote ${at}`, 1n, 1)
      const read: TimeStep['read'] = (...args) => {
        reads++
        return step.read(...args)
      }
      return { ...step, read }
    })
    expect(() => convert(counted, 'remote 0', 'unknown', 0n)).toThrow(expect.objectContaining({ code: 'no-path' }))
    expect(reads).toBe(100)
  })

  test('logs without entries and a clock against itself connect nothing', () => {
    const empty = logStep({ fromClock: clockOf('A'), toClock: clockOf('B'), entries: [] })
    expect(() => convert([empty, constant('A', 'A', 1n, 0)], 'A', 'B', 0n)).toThrow(expect.objectContaining({ code: 'no-path' }))
  })

  test('two monotonic clocks meet over the UTC both were recorded against', () => {
    const utc = 1733836800123456789n
    const steps = [constant('A', 'utc', utc - 1000n, 30, 1000n), constant('B', 'utc', utc - 5000n, 40, 5000n)]
    expect(convert(steps, 'A', 'B', 1000n)).toMatchObject({ timeNs: 5000n, offsetNs: 4000n, uncertaintyNs: 70n, ageNs: 0n })
  })
})
