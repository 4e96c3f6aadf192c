import { ManualClock } from '@auki/canonical/testing'
import { expect, test } from 'vitest'
import { Driver, type Machine } from './driver.ts'

/** Counts, notes what it hears, and does what the event says. */
interface Heard {
  readonly events: readonly string[]
  readonly wakeAt: number
}

interface Told {
  readonly name: string
  readonly effects?: readonly string[]
  readonly wakeAt?: number
}

// The first wake-up changes nothing, as when an alarm rings too early; the second is enough.
const machine: Machine<Heard, Told, string> = {
  step: (state, event) => {
    if (event.name === 'throw' || (event.name === 'woken' && state.events.includes('throw on wake'))) throw new Error('cannot')
    const wakeAt = event.name === 'woken' && state.events.includes('woken') ? Number.POSITIVE_INFINITY : (event.wakeAt ?? state.wakeAt)
    return { state: { events: [...state.events, event.name], wakeAt }, effects: event.effects ?? [] }
  },
  nextDeadline: (state) => state.wakeAt
}

function setup(perform: (effect: string, driver: Driver<Heard, Told, string>) => void = () => {}, shorten = (ms: number): number => ms) {
  const clock = new ManualClock()
  const settled: (readonly string[])[] = []
  const bugs: unknown[] = []
  const driver: Driver<Heard, Told, string> = new Driver({
    machine,
    clock: {
      monoMs: () => clock.monoMs(),
      wallNs: () => clock.wallNs(),
      after: (ms, run, options) => clock.after(shorten(ms), run, options)
    },
    perform: (effect) => perform(effect, driver),
    onAlarm: () => driver.post({ name: 'woken' }),
    onSettled: (state) => settled.push(state.events),
    onBug: (error, what) => bugs.push([(error as Error).message, what]),
    holdsProcess: () => driver.state?.events.includes('hold') ?? false
  })
  return { clock, driver, settled, bugs }
}

const fresh: Heard = { events: [], wakeAt: Number.POSITIVE_INFINITY }

test('an effect that posts does not recurse: its event comes after all effects of the step', () => {
  const performed: string[] = []
  const { driver, settled } = setup((effect, driver) => {
    performed.push(effect)
    driver.post({ name: `after ${effect}`, effects: effect === 'one' ? ['three'] : [] })
    performed.push(`${effect} done`)
  })
  driver.start(fresh)
  driver.post({ name: 'go', effects: ['one', 'two'] })
  expect(performed).toEqual(['one', 'one done', 'two', 'two done', 'three', 'three done'])
  expect(driver.state?.events).toEqual(['go', 'after one', 'after two', 'after three'])
  expect(settled.at(-1)).toEqual(['go', 'after one', 'after two', 'after three'])
})

test('what was posted before the start is handled first, in order', () => {
  const { driver } = setup()
  driver.post({ name: 'early' })
  driver.post({ name: 'less early' })
  expect(driver.state).toBeUndefined()
  driver.start(fresh)
  expect(driver.state?.events).toEqual(['early', 'less early'])
})

test('a listener that throws is a bug like another: the next event is handled, and the alarm is set', () => {
  const { clock, driver, settled, bugs } = setup((_effect, driver) =>
    driver.whenSettled(() => {
      throw new Error('cannot listen')
    })
  )
  driver.start(fresh)
  driver.post({ name: 'go', effects: ['one'], wakeAt: clock.monoMs() + 500 })
  expect(bugs).toEqual([['cannot listen', { type: 'settled' }]])
  driver.post({ name: 'next' })
  expect(settled.at(-1)).toEqual(['go', 'next'])
  expect(clock.pending).toEqual([{ inMs: 500, holdsProcess: false }])
})

test('there is one alarm, at the next deadline, moved when the deadline moves', () => {
  const { clock, driver } = setup()
  driver.start({ ...fresh, wakeAt: clock.monoMs() + 500 })
  driver.post({ name: 'same deadline' })
  expect(clock.pending).toEqual([{ inMs: 500, holdsProcess: false }])
  driver.post({ name: 'earlier', wakeAt: clock.monoMs() + 100 })
  expect(clock.pending).toEqual([{ inMs: 100, holdsProcess: false }])
  driver.post({ name: 'never', wakeAt: Number.POSITIVE_INFINITY })
  expect(clock.pending).toEqual([])
})

test('the alarm wakes the machine, and again when the wake-up changed nothing', () => {
  const { clock, driver } = setup()
  driver.start({ ...fresh, wakeAt: clock.monoMs() + 500 })
  clock.advance(499)
  expect(driver.state?.events).toEqual([])
  clock.advance(1)
  expect(driver.state?.events).toEqual(['woken', 'woken'])
  expect(clock.pending).toEqual([])
})

test('a timer that ends before the deadline, as one of the greatest length does, is set again and wakes nobody', () => {
  const { clock, driver } = setup(undefined, (ms) => Math.min(ms, 400))
  driver.start({ ...fresh, wakeAt: clock.monoMs() + 1_000 })
  clock.advance(400)
  expect(driver.state?.events).toEqual([])
  expect(clock.pending).toEqual([{ inMs: 400, holdsProcess: false }])
  clock.advance(600)
  expect(driver.state?.events).toEqual(['woken', 'woken'])
})

test('an alarm that comes too early stays: it finds the later deadline when it rings', () => {
  const { clock, driver } = setup()
  driver.start({ ...fresh, wakeAt: clock.monoMs() + 500 })
  driver.post({ name: 'go', wakeAt: clock.monoMs() + 5_000 })
  expect(clock.pending).toEqual([{ inMs: 500, holdsProcess: false }])
  clock.advance(500)
  expect(driver.state?.events).toEqual(['go'])
  expect(clock.pending).toEqual([{ inMs: 4_500, holdsProcess: false }])
})

test('a deadline that is over rings at once', () => {
  const { clock, driver } = setup()
  driver.start({ ...fresh, wakeAt: 0 })
  expect(clock.pending).toEqual([{ inMs: 0, holdsProcess: false }])
})

test('the alarm holds the process while somebody waits for what it leads to', () => {
  const { clock, driver } = setup()
  driver.start({ ...fresh, wakeAt: clock.monoMs() + 500 })
  driver.post({ name: 'hold' })
  expect(clock.pending).toEqual([{ inMs: 500, holdsProcess: true }])
})

test('after a stop nothing is handled and nothing rings, also when an effect stopped it', () => {
  const { clock, driver, settled } = setup((effect, driver) => {
    if (effect === 'stop') driver.stop()
  })
  driver.start({ ...fresh, wakeAt: clock.monoMs() + 500 })
  driver.post({ name: 'end', effects: ['stop'] })
  expect(clock.pending).toEqual([])
  driver.post({ name: 'late' })
  expect(driver.state?.events).toEqual(['end'])
  expect(settled.at(-1)).toEqual(['end'])
})

test('an effect that throws is reported and skipped; the others are performed', () => {
  const performed: string[] = []
  const { clock, driver, bugs } = setup((effect) => {
    if (effect === 'broken') throw new Error('of paper')
    performed.push(effect)
  })
  driver.start({ ...fresh, wakeAt: clock.monoMs() + 5_000 })
  driver.post({ name: 'bug', effects: ['one', 'broken', 'two'] })
  driver.post({ name: 'next' })
  expect(performed).toEqual(['one', 'two'])
  expect(bugs).toEqual([['of paper', 'broken']])
  expect(driver.state?.events).toEqual(['bug', 'next'])
  expect(clock.pending).toEqual([{ inMs: 5_000, holdsProcess: false }])
})

test('an event the machine throws on is reported and leaves the state as it was', () => {
  const { driver, bugs } = setup()
  driver.start(fresh)
  driver.post({ name: 'before' })
  driver.post({ name: 'throw' })
  driver.post({ name: 'after' })
  expect(driver.state?.events).toEqual(['before', 'after'])
  expect(bugs).toEqual([['cannot', { name: 'throw' }]])
})

test('a wake-up that always fails does not keep the processor busy', () => {
  const { clock, driver, bugs } = setup()
  driver.start({ events: ['throw on wake'], wakeAt: clock.monoMs() + 10 })
  clock.advance(5_000)
  expect(bugs).toHaveLength(5)
})
