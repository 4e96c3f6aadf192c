import { expect, it } from 'vitest'
import { ReadingRests } from './reading-rests.ts'

const rules = { ratio: 4, maxMs: 2_000 }

it('rests four times as long as the messages took, by peer', () => {
  const rests = new ReadingRests(rules)
  rests.charge('a', 25, 1_000)
  expect(rests.restMs('a', 1_000)).toBe(100)
  expect(rests.restMs('a', 1_099)).toBe(1)
  expect(rests.restMs('a', 1_100)).toBe(0)
  expect(rests.restMs('b', 1_000)).toBe(0)
})

it('adds up what comes while it rests, and never rests longer than its maximum', () => {
  const rests = new ReadingRests(rules)
  rests.charge('a', 10, 0)
  rests.charge('a', 10, 20)
  expect(rests.restMs('a', 20)).toBe(60)
  rests.charge('a', 5_000, 20)
  expect(rests.restMs('a', 20)).toBe(2_000)
})

it('forgets who may be read', () => {
  const rests = new ReadingRests(rules)
  for (let peer = 0; peer < 1_000; peer++) rests.charge(`peer ${peer}`, 1, peer * 10)
  expect(rests.size).toBe(1)
})
