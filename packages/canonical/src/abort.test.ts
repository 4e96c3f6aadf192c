import { expect, test } from 'vitest'
import { raceAbort } from './abort.ts'
import { reasonOf, toError } from './errors.ts'
import { pause, type Timers } from './timers.ts'

const why = new Error('the caller gave up')

test('work that settles first counts, and leaves no listener', async () => {
  const { signal } = new AbortController()
  expect(await raceAbort(Promise.resolve(1), signal)).toBe(1)
  await expect(raceAbort(Promise.reject(why), signal)).rejects.toBe(why)
  expect(await raceAbort(Promise.resolve(2), undefined)).toBe(2)
})

test('an abort, also one before, rejects with its reason; what becomes of the work is ignored', async () => {
  const work = Promise.withResolvers<number>()
  const late = new AbortController()
  const racing = raceAbort(work.promise, late.signal)
  late.abort(why)
  await expect(racing).rejects.toBe(why)
  await expect(raceAbort(work.promise, AbortSignal.abort(why))).rejects.toBe(why)
  work.reject(new Error('nobody waits for this'))
})

test('a pause ends by its alarm or by an abort, which cancels the alarm', async () => {
  const alarms = new Map<number, () => void>()
  const timers: Timers = {
    now: () => 0,
    after(delayMs, run) {
      alarms.set(delayMs, run)
      return () => alarms.delete(delayMs)
    }
  }
  const over = pause(timers, 100, new AbortController().signal)
  alarms.get(100)!()
  await over
  const controller = new AbortController()
  const aborted = pause(timers, 200, controller.signal)
  controller.abort(why)
  await expect(aborted).rejects.toBe(why)
  expect([...alarms.keys()]).toEqual([])
})

test('whatever was thrown has a text, and can be thrown as an error', () => {
  expect([why, 'text', undefined, 7].map(reasonOf)).toEqual(['the caller gave up', 'text', 'undefined', '7'])
  expect(toError(why)).toBe(why)
  expect(toError('text')).toEqual(new Error('text'))
})
