import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { abortable } from './abort.ts'

const reason = new Error('enough')

test('waits for the work, and passes on what comes of it', async () => {
  const { signal } = new AbortController()
  expect(await abortable(Promise.resolve(1), undefined)).toBe(1)
  expect(await abortable(Promise.resolve(2), signal)).toBe(2)
  await expect(abortable(Promise.reject(reason), signal)).rejects.toBe(reason)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('an abort ends the waiting with its reason, before and during it; how the work ends then is of no interest', async () => {
  const work = Promise.withResolvers<void>()
  await expect(abortable(work.promise, AbortSignal.abort(reason))).rejects.toBe(reason)
  const controller = new AbortController()
  const waiting = abortable(work.promise, controller.signal)
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  work.reject(new Error('nobody waits for this'))
  await new Promise((resolve) => setImmediate(resolve)) // by then the process would have noticed
})
