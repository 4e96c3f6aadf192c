import { ManualClock } from '@auki/canonical/testing'
import { expect, it } from 'vitest'
import { testEnv } from '../testing/test-env.ts'
import { Reading } from './reading.ts'

function setUp() {
  const clock = new ManualClock()
  const reading = new Reading(testEnv(clock, { decodeRestRatio: 4, decodeRestMaxMs: 2_000 }))
  return { clock, reading, charge: (peerId: string, tookMs: number) => reading.charge(peerId, () => clock.advance(tookMs)) }
}

it('rests four times as long as the messages took, by peer', () => {
  const { clock, reading, charge } = setUp()
  charge('a', 25)
  expect(reading.restMs('a')).toBe(100)
  clock.advance(99)
  expect(reading.restMs('a')).toBe(1)
  clock.advance(1)
  expect(reading.restMs('a')).toBe(0)
  expect(reading.restMs('b')).toBe(0)
})

it('adds up what comes while it rests, and never rests longer than its maximum', () => {
  const { clock, reading, charge } = setUp()
  charge('a', 10)
  clock.advance(10)
  charge('a', 10)
  expect(reading.restMs('a')).toBe(60)
  charge('a', 5_000)
  expect(reading.restMs('a')).toBe(2_000)
})

it('forgets who may be read', () => {
  const { clock, reading, charge } = setUp()
  for (let peer = 0; peer < 1_000; peer++) {
    charge(`peer ${peer}`, 1)
    clock.advance(9)
  }
  expect(reading.size).toBe(1)
})
