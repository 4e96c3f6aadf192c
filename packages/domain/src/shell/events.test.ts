import { expect, test } from 'vitest'
import { EventHub, unreadMax } from './events.ts'

async function readAll<T>(events: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = []
  for await (const event of events) read.push(event)
  return read
}

test('each reader gets what happens after it began, until the end', async () => {
  const hub = new EventHub<string>()
  hub.publish('before')
  const first = hub.read()
  hub.publish('one')
  const second = hub.read()
  hub.publish('two')
  hub.end()
  expect(await readAll(first)).toEqual(['one', 'two'])
  expect(await readAll(second)).toEqual(['two'])
  expect(await readAll(hub.read())).toEqual([])
})

test('a waiting reader is given events in order, and its end', async () => {
  const hub = new EventHub<string>()
  const reading = readAll(hub.read())
  hub.publish('one')
  hub.publish('two')
  hub.end()
  expect(await reading).toEqual(['one', 'two'])
})

test('a reader that falls behind loses the oldest events and is told how many; others lose nothing', async () => {
  const hub = new EventHub<number>()
  const slow = hub.read()
  const quick: unknown[] = []
  const reading = (async () => {
    for await (const event of hub.read()) quick.push(event)
  })()
  for (let n = 0; n < unreadMax + 3; n++) {
    hub.publish(n)
    await Promise.resolve()
    await Promise.resolve()
  }
  hub.end()
  await reading
  const read = await readAll(slow)
  expect(read).toHaveLength(unreadMax + 1)
  expect(read.slice(0, 2)).toEqual([{ type: 'events-dropped', count: 3 }, 3])
  expect(quick.at(-1)).toBe(unreadMax + 2)
  expect(quick).not.toContainEqual({ type: 'events-dropped', count: expect.any(Number) })
})

test('an abort throws its reason into the loop and ends the reading', async () => {
  const hub = new EventHub<string>()
  const abort = new AbortController()
  const reading = readAll(hub.read({ signal: abort.signal }))
  const reason = new Error('enough')
  abort.abort(reason)
  await expect(reading).rejects.toBe(reason)
  await expect(readAll(hub.read({ signal: abort.signal }))).rejects.toBe(reason)
})

test('leaving the loop ends the reading', async () => {
  const hub = new EventHub<string>()
  const events = hub.read()
  hub.publish('one')
  hub.publish('two')
  for await (const event of events) {
    expect(event).toBe('one')
    break
  }
  hub.publish('three')
  expect(await events.next()).toEqual({ done: true, value: undefined })
})
