import { ConvertTimeError, DomainTimeNowError } from '@auki/domain'
import { type ConvertedTime, DomainClockEstimateUnavailable } from '@auki/time'
import { expect, test } from 'vitest'
import { latencyOf } from './latency.ts'

const converted = (timeNs: bigint): ConvertedTime => ({ timeNs, offsetNs: 0n, uncertaintyNs: 0n, ageNs: 0n, path: [] })
const thrower = (error: Error) => (): never => {
  throw error
}

test('the latency is from the stamp to now, both in domain time', () => {
  const toDomainTime = ({ timestampNs }: { timestampNs: bigint }) => converted(timestampNs + 1_000n)
  expect(latencyOf({ domainTimeNow: () => 7_000n }, { toDomainTime }, { timestampNs: 5_400n })).toEqual({ latencyNs: 600n })
})

const sourceUnavailable = new DomainClockEstimateUnavailable('source-unavailable', 'no source', { clusterName: 'lab' })

test.each([
  ['no domain time', thrower(new DomainTimeNowError('unavailable', 'none', {}, { cause: sourceUnavailable })), 'source-unavailable'],
  ['a domain time out of range', thrower(new DomainTimeNowError('conversion-out-of-range', 'too far')), 'conversion-out-of-range']
])('it says why there is none: %s', (_, domainTimeNow, reason) => {
  expect(latencyOf({ domainTimeNow }, { toDomainTime: () => converted(0n) }, { timestampNs: 0n })).toEqual({ reason })
})

test('it says why there is none: a clock that nobody can measure', () => {
  const toDomainTime = thrower(new ConvertTimeError('no-path', 'nothing connects them'))
  expect(latencyOf({ domainTimeNow: () => 1n }, { toDomainTime }, { timestampNs: 0n })).toEqual({ reason: 'no-path' })
})

test('a bug is no reason', () => {
  expect(() =>
    latencyOf({ domainTimeNow: thrower(new TypeError('bug')) }, { toDomainTime: () => converted(0n) }, { timestampNs: 0n })
  ).toThrow(TypeError)
})
