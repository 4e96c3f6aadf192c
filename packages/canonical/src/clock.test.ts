import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from './clock.ts'
import { ManualClock } from './testing/index.ts'

test('the machine calls later, in the order of the delays, and not what was cancelled', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const called: string[] = []
  const startMs = systemClock.monoMs()
  systemClock.after(20, resolve, { holdProcess: true })
  systemClock.after(2 ** 40, () => called.push('too early'))
  systemClock.after(2, () => called.push('second'))
  systemClock.after(-5, () => called.push('first'))
  systemClock.after(1, () => called.push('cancelled'))()
  await promise
  expect(called).toEqual(['first', 'second'])
  expect(systemClock.monoMs()).toBeGreaterThan(startMs)
})

test('a delay of parts of a millisecond is never cut short', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const called: number[] = []
  systemClock.after(1.2, () => called.push(1.2))
  vi.advanceTimersByTime(1)
  expect(called).toEqual([])
  vi.advanceTimersByTime(1)
  expect(called).toEqual([1.2])
})

test('a manual clock calls what becomes due at its time, what that sets included', () => {
  const clock = new ManualClock({ monoMs: 0, wallNs: 0n })
  const called: [string, number][] = []
  const note = (what: string) => () => void called.push([what, clock.monoMs()])
  clock.after(30, note('last'))
  clock.after(10, () => {
    note('first')()
    clock.after(5, note('set on the way'))
  })
  clock.after(12, note('cancelled'))()
  clock.advance(20)
  expect(called).toEqual([
    ['first', 10],
    ['set on the way', 15]
  ])
  expect(clock.pending).toEqual([{ inMs: 10, holdsProcess: false }])
  clock.stall(25)
  expect(called.at(-1)).toEqual(['last', 45])
  clock.jumpWall(-1_000)
  expect([clock.monoMs(), clock.wallNs()]).toEqual([45, -955_000_000n])
})

test('in between what was called may wait for other things', async () => {
  const clock = new ManualClock()
  const called: number[] = []
  const tick = () => {
    called.push(clock.monoMs())
    void Promise.resolve().then(() => clock.after(10, tick))
  }
  clock.after(10, tick)
  await clock.advanceAsync(30, () => Promise.resolve())
  expect(called).toEqual([1_010, 1_020, 1_030])
})
