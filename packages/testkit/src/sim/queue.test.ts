import { expect, test } from 'vitest'
import { MachineClock } from './clock.ts'
import { ProcessLoop } from './loop.ts'
import { EventQueue } from './queue.ts'
import { Random } from './random.ts'

test('things happen by time, and at one time in the order they were put in', () => {
  const queue = new EventQueue()
  const random = new Random(7)
  const times = Array.from({ length: 200 }, () => random.below(20))
  const seen: [number, number][] = []
  for (const [index, time] of times.entries()) queue.at(time, () => seen.push([time, index]))
  queue.runUntil(100)
  expect(seen).toEqual([...seen].sort(([a, i], [b, j]) => a - b || i - j))
  expect(seen).toHaveLength(200)
  expect(queue.now).toBe(100)
})

test('what is put in for the past happens now, and nothing happens once halted', () => {
  const queue = new EventQueue()
  const seen: number[] = []
  queue.at(10, () => queue.at(3, () => seen.push(queue.now)))
  queue.at(20, () => queue.halt())
  queue.at(21, () => seen.push(-1))
  queue.runUntil(100)
  expect(seen).toEqual([10])
  expect(queue.now).toBe(20)
})

test('one seed draws the same numbers, another seed and another stream draw others', () => {
  const draw = (seed: number, stream = 0): number[] =>
    Array.from({ length: 5 }, (_, i, random = new Random(seed, stream)) => random.uint32() + 0 * i)
  expect(draw(1)).toEqual(draw(1))
  expect(draw(2)).not.toEqual(draw(1))
  expect(draw(1, 2)).not.toEqual(draw(1))
})

test('a clock runs off, stands still, and is set', () => {
  const clock = new MachineClock(1.001, 500, 1_000_000_000n)
  expect(clock.mono(1_000)).toBeCloseTo(1_501)
  clock.run(1_000, { mono: false, wall: true })
  expect(clock.mono(2_000)).toBeCloseTo(1_501)
  expect(clock.trueTimeOf(1_600)).toBe(Number.POSITIVE_INFINITY)
  expect(clock.now(2_000).wallNs).toBe(3_002_000_000n)
  clock.run(2_000, { mono: true, wall: true })
  clock.stepWall(2_000, -1_000)
  expect(clock.mono(3_000)).toBeCloseTo(2_502)
  expect(clock.trueTimeOf(2_502)).toBeCloseTo(3_000)
  expect(clock.now(3_000).wallNs).toBe(3_003_000_000n)
})

function loopWorld(seed = 1) {
  const queue = new EventQueue()
  const clock = new MachineClock(1, 0, 0n)
  return { queue, clock, loop: new ProcessLoop(queue, clock, new Random(seed)) }
}

test('a stopped process runs nothing; afterwards timers and arrivals come in either order, never mixed', () => {
  const orders = new Set<string>()
  for (let seed = 1; seed <= 20; seed++) {
    const { queue, loop } = loopWorld(seed)
    const seen: string[] = []
    loop.after(10, () => seen.push('t'))
    loop.after(20, () => seen.push('t'))
    queue.at(5, () => loop.halt())
    for (const time of [6, 12, 30]) queue.at(time, () => loop.deliver(() => seen.push('a')))
    queue.runUntil(50)
    expect(seen).toEqual([])
    loop.resume(() => undefined)
    orders.add(seen.join(''))
  }
  expect([...orders].sort()).toEqual(['aaatt', 'ttaaa'])
})

test('a timer waits for its own clock: what stood still does not count', () => {
  const { queue, clock, loop } = loopWorld()
  const fired: number[] = []
  loop.after(100, () => fired.push(queue.now))
  queue.at(50, () => {
    loop.halt()
    clock.run(50, { mono: false, wall: true })
  })
  queue.at(1_050, () => {
    clock.run(1_050, { mono: true, wall: true })
    loop.resume(() => undefined)
  })
  queue.runUntil(2_000)
  expect(fired).toHaveLength(1)
  expect(fired[0]).toBeGreaterThanOrEqual(1_100)
  expect(fired[0]).toBeLessThan(1_105)
})

test('a closed process runs nothing ever again', () => {
  const { queue, loop } = loopWorld()
  const seen: string[] = []
  loop.after(10, () => seen.push('timer'))
  loop.turn(() => seen.push('turn'))
  loop.close()
  loop.deliver(() => seen.push('arrival'))
  queue.runUntil(50)
  expect(seen).toEqual([])
})
