import { ManualClock } from '@auki/canonical/testing'
import { expect, test } from 'vitest'
import type { Event } from '../core/index.ts'
import { watchHealth } from './health.ts'

function setup() {
  const clock = new ManualClock()
  const events: Event[] = []
  const halts: number[] = []
  const health = watchHealth(clock, { post: (event) => events.push(event), suspendedFor: (ms) => halts.push(ms) })
  return { clock, events, halts, health }
}

test('a loop that turns in time is not reported', () => {
  const { clock, events } = setup()
  clock.advance(10_000)
  clock.stall(349)
  expect(events).toEqual([])
})

test('a loop that stood still is reported with the time it could not listen', () => {
  const { clock, events } = setup()
  clock.advance(1_000)
  clock.stall(4_100)
  expect(events).toEqual([{ type: 'loop-lagged', ms: 4_000 }])
  clock.advance(1_000)
  expect(events).toHaveLength(1)
})

test('wall and monotonic time that part by more than a second are a jump, in both directions', () => {
  const { clock, events } = setup()
  clock.jumpWall(1_000)
  clock.advance(100)
  expect(events).toEqual([])
  clock.jumpWall(1_001)
  clock.advance(100)
  clock.jumpWall(-1_001)
  clock.advance(1_000)
  expect(events).toEqual([{ type: 'clock-jumped' }, { type: 'clock-jumped' }])
})

test('a suspend and a long halt are told with how long they took; a wall clock set back is none', () => {
  const { clock, halts } = setup()
  clock.stall(1_599)
  clock.jumpWall(-60_000)
  clock.advance(100)
  expect(halts).toEqual([])
  clock.stall(1_600)
  clock.jumpWall(60_000)
  clock.advance(100)
  expect(halts).toEqual([1_500, 60_000])
})

test('after its end it probes no more', () => {
  const { clock, health } = setup()
  health[Symbol.dispose]()
  expect(clock.pending).toEqual([])
})

test('a report may end it', () => {
  const clock = new ManualClock()
  const health = watchHealth(clock, { post: () => health[Symbol.dispose](), suspendedFor: () => {} })
  clock.stall(1_000)
  expect(clock.pending).toEqual([])
})
