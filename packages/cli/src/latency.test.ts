import type { ClockTransformEstimate } from '@auki/time'
import { expect, test } from 'vitest'
import { latencyOf } from './latency.ts'

const estimate: ClockTransformEstimate = {
  fromClockId: 'ours',
  fromClockHash: '00',
  toClockId: 'theirs',
  toClockHash: '01',
  offsetNs: 5_000n,
  uncertaintyNs: 1n,
  observedAtClockNs: 1_000n,
  sampleCount: 3,
  ageNs: 0n,
  skewPpb: 0,
  skewUncertaintyPpb: 0
}
const session = { clock: { id: 'ours', nowNs: () => 1_000n } } as Parameters<typeof latencyOf>[1]
const manager = (known: ClockTransformEstimate | undefined): Parameters<typeof latencyOf>[0] => ({
  clockSyncEstimate: (local, remote) => (local === 'ours' && remote === 'theirs' ? known : undefined)
})

test('the latency is from the stamp to now, both on the clock of the log', () => {
  expect(latencyOf(manager(estimate), session, { clockId: 'theirs', clockHash: '01' }, 5_400n)).toBe(600n)
})

test.each([
  ['a clock that was not measured', undefined, { clockId: 'theirs', clockHash: '01' }],
  ['another clock', estimate, { clockId: 'utc', clockHash: '01' }],
  ['the same clock of an earlier session', estimate, { clockId: 'theirs', clockHash: '02' }]
])('nothing is said of %s', (_, known, manifest) => {
  expect(latencyOf(manager(known), session, manifest, 5_400n)).toBeUndefined()
})
