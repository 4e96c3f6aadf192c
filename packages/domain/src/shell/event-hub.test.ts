import { expect, test } from 'vitest'
import { EventHub } from './event-hub.ts'
import { unreadEventsMax } from './shell-settings.ts'

async function readAll<T>(events: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = []
  for await (const event of events) read.push(event)
  return read
}

test('each reader gets what happens after it began, until the end', async () => {
  const hub = new EventHub<string>(() => {})
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
  const hub = new EventHub<string>(() => {})
  const reading = readAll(hub.read())
  hub.publish('one')
  hub.publish('two')
  hub.end()
  expect(await reading).toEqual(['one', 'two'])
})

test('a reader that falls behind loses the oldest events and is told how many; others lose nothing', async () => {
  const hub = new EventHub<number>(() => {})
  const slow = hub.read()
  const quick: unknown[] = []
  const reading = (async () => {
    for await (const event of hub.read()) quick.push(event)
  })()
  for (let n = 0; n < unreadEventsMax + 3; n++) {
    hub.publish(n)
    await Promise.resolve()
    await Promise.resolve()
  }
  hub.end()
  await reading
  const read = await readAll(slow)
  expect(read).toHaveLength(unreadEventsMax + 1)
  expect(read.slice(0, 2)).toEqual([{ type: 'events-dropped', count: 3 }, 3])
  expect(quick.at(-1)).toBe(unreadEventsMax + 2)
  expect(quick).not.toContainEqual({ type: 'events-dropped', count: expect.any(Number) })
})

test('an abort throws its reason into the loop and ends the reading', async () => {
  const hub = new EventHub<string>(() => {})
  const abort = new AbortController()
  const reading = readAll(hub.read({ signal: abort.signal }))
  const reason = new Error('enough')
  abort.abort(reason)
  await expect(reading).rejects.toBe(reason)
  await expect(readAll(hub.read({ signal: abort.signal }))).rejects.toBe(reason)
})

test('leaving the loop ends the reading', async () => {
  const hub = new EventHub<string>(() => {})
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

test('a reading that begins with something never loses it', async () => {
  const hub = new EventHub<number>(() => {})
  const slow = hub.read({}, { take: () => 'first', when: (run) => run() })
  for (let n = 0; n < unreadEventsMax + 2; n++) hub.publish(n)
  hub.end()
  const read = await readAll(slow)
  expect(read.slice(0, 3)).toEqual(['first', { type: 'events-dropped', count: 2 }, 2])
  const late = hub.read({}, { take: () => 'first', when: (run) => run() })
  expect(await readAll(late)).toEqual(['first'])
})

test('a reading that begins later gets only what was published after its beginning, and nothing if it was left before', async () => {
  const hub = new EventHub<string>(() => {})
  const begin: (() => void)[] = []
  const beginning = { take: () => 'first', when: (run: () => void) => void begin.push(run) }
  const abort = new AbortController()
  const [waiting, left, aborted] = [hub.read({}, beginning), hub.read({}, beginning), hub.read({ signal: abort.signal }, beginning)]
  const next = waiting.next()
  hub.publish('told in the first one')
  await left.return?.()
  abort.abort(new Error('enough'))
  for (const run of begin) run()
  hub.publish('one')
  hub.end()
  expect(await next).toEqual({ done: false, value: 'first' })
  expect(await readAll(waiting)).toEqual(['one'])
  expect(await readAll(left)).toEqual([])
  await expect(readAll(aborted)).rejects.toThrow('enough')
})

test('a handler is called with each event until it is disposed of, also by another one', () => {
  const hub = new EventHub<string>(() => {})
  const heard: string[] = []
  const first = hub.handle((event) => {
    heard.push(`first ${event}`)
    second[Symbol.dispose]()
  })
  const second = hub.handle((event) => heard.push(`second ${event}`))
  hub.publish('one')
  first[Symbol.dispose]()
  hub.publish('two')
  hub.end()
  hub.handle((event) => heard.push(event))
  hub.publish('three')
  expect(heard).toEqual(['first one'])
})

test('what a handler throws or rejects with is told, and the others hear the event', async () => {
  const thrown: unknown[] = []
  const hub = new EventHub<string>((error) => thrown.push(error))
  const heard: string[] = []
  hub.handle(() => {
    throw new Error('at once')
  })
  hub.handle(() => Promise.reject(new Error('later')))
  hub.handle((event) => heard.push(event))
  hub.publish('one')
  expect(heard).toEqual(['one'])
  await Promise.resolve()
  expect(thrown).toEqual([new Error('at once'), new Error('later')])
})
