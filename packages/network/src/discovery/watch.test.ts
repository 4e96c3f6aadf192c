import { expect, test } from 'vitest'
import { ManualTimers, turn } from '../testing/manual-timers.ts'
import { DiscoveryClient } from './client.ts'

const row = (revision: number) => ({
  name: 'lab',
  manager_peer_id: '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5',
  manager_multiaddrs: [],
  peer_count: 1,
  created_ns: 1,
  last_liveness_check_ns: 2,
  revision
})
const event = (type: string, data: unknown) => `event: ${type}\nid: 5\ndata: ${JSON.stringify(data)}\n\n`

/** One connection of the watch, as the test plays the service. */
class Line {
  #controller!: ReadableStreamDefaultController<Uint8Array>
  readonly url: string
  readonly body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      this.#controller = controller
    }
  })

  constructor(url: string, signal: AbortSignal) {
    this.url = url
    signal.addEventListener('abort', () => this.fail(signal.reason))
  }

  send(text: string): void {
    this.#controller.enqueue(new TextEncoder().encode(text))
  }

  end(): void {
    this.#controller.close()
  }

  fail(error: unknown): void {
    try {
      this.#controller.error(error)
    } catch {
      // It had ended before.
    }
  }
}

function start(
  answer: (line: Line) => Response | Promise<Response> = (line) => served(line),
  look: () => Response | Promise<Response> = () => new Response('', { status: 503, headers: { 'Auki-Discovery-Version': '2' } })
) {
  const timers = new ManualTimers()
  const lines: Line[] = []
  const times: number[] = []
  const looks: number[] = []
  const warnings: string[] = []
  const fetch = async (url: unknown, init: { signal: AbortSignal }) => {
    init.signal.throwIfAborted()
    const line = new Line(String(url), init.signal)
    if (line.url.endsWith('/clusters/lab')) {
      looks.push(timers.monoMs())
      return look()
    }
    lines.push(line)
    times.push(timers.monoMs())
    return answer(line)
  }
  const log = (_level: string, message: string) => warnings.push(message)
  const client = new DiscoveryClient('http://discovery', { fetch: fetch as never, timers, random: () => 0.5, log })
  const heard: unknown[] = []
  const stop = new AbortController()
  const done = client.watch('lab', {
    signal: stop.signal,
    onEvent: ({ type, row: seen }) => heard.push([type, seen?.revision]),
    onUp: () => heard.push('up'),
    onDown: () => heard.push('down')
  })
  return { timers, lines, times, looks, warnings, client, heard, stop, done }
}

const served = (line: Line, headers: Record<string, string> = { 'Auki-Discovery-Version': '2' }) => new Response(line.body, { headers })

test('a snapshot first, then what happens, in pieces as they come', async () => {
  const { lines, heard, client } = start()
  await turn()
  expect(lines[0]?.url).toBe('http://discovery/clusters/lab/watch')
  const text = `: hello\n\n${event('snapshot', { entry: null })}${event('created', { entry: row(1) })}${event('rotated', { entry: row(2) })}`
  for (const character of text) lines[0]!.send(character)
  await turn()
  lines[0]!.send(
    `${event('sneezed', {})}${event('swept', { entry: row(2) })}${event('deleted', { entry: row(2) })}${event('refreshed', { entry: row(2) })}`
  )
  await turn()
  expect(heard).toEqual(['up', ['snapshot', undefined], ['created', 1], ['rotated', 2], ['swept', 2], ['deleted', 2], ['refreshed', 2]])
  expect(client.flavour).toBe('ours')
})

test('silence of 12 s means that it is broken; a comment is no silence', async () => {
  const { timers, lines, heard } = start()
  await turn()
  lines[0]!.send(event('snapshot', { entry: row(1) }))
  for (let i = 0; i < 4; i++) {
    await timers.advance(10_000)
    lines[0]!.send(': still here\n\n')
  }
  await timers.advance(11_999)
  expect(heard).toEqual(['up', ['snapshot', 1]])
  await timers.advance(1)
  expect(heard.at(-1)).toBe('down')
  await timers.advance(500)
  lines[1]!.send(event('snapshot', { entry: row(2) }))
  await turn()
  expect(heard.slice(3)).toEqual(['up', ['snapshot', 2]])
})

test('it reconnects after 500 ms, then after twice as long each time, up to 10 s; a working watch sets that back', async () => {
  let works = false
  const { timers, lines, times, heard } = start((line) => {
    if (!works) return new Response('', { status: 503 })
    line.send(event('snapshot', { entry: row(1) }))
    return served(line)
  })
  await timers.advance(60_000)
  expect(times.slice(1).map((time, i) => time - times[i]!)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000])
  expect(heard).toEqual([])
  works = true
  await timers.advance(10_000)
  lines.at(-1)!.end()
  await turn()
  expect(heard).toEqual(['up', ['snapshot', 1], 'down'])
  const before = lines.length
  await timers.advance(500)
  expect(lines).toHaveLength(before + 1)
})

test.each([
  ['garbage', event('created', 'garbage')],
  ['a row that is none', event('created', { entry: { name: 'lab' } })],
  ['an event without end', `data: ${'x'.repeat(300_000)}`]
])('%s breaks it, and the next snapshot sets things right', async (_what, text) => {
  const { timers, lines, heard } = start()
  await turn()
  lines[0]!.send(event('snapshot', { entry: null }))
  await turn()
  lines[0]!.send(text)
  await timers.advance(500)
  expect(heard).toEqual(['up', ['snapshot', undefined], 'down'])
  expect(lines).toHaveLength(2)
})

test('what comes before the snapshot is not told', async () => {
  const { lines, heard } = start()
  await turn()
  lines[0]!.send(event('created', { entry: row(1) }) + event('snapshot', { entry: row(1) }))
  await turn()
  expect(heard).toEqual(['up', ['snapshot', 1]])
})

test('an abort ends it at once and without a word, whatever it waits for', async () => {
  const open = start()
  await turn()
  open.lines[0]!.send(event('snapshot', { entry: null }))
  await turn()
  open.stop.abort()
  await open.done
  expect(open.heard).toEqual(['up', ['snapshot', undefined]])
  expect(open.timers.pending).toBe(0)

  const pausing = start(() => {
    throw new Error('nobody there')
  })
  await turn()
  pausing.stop.abort()
  await pausing.done
  expect(pausing.timers.pending).toBe(0)
})

test('a page with a 200 is no watch, and tells nothing of the service', async () => {
  const { timers, lines, heard, client } = start((line) => served(line, { 'Content-Type': 'text/html' }))
  await timers.advance(60_000)
  expect(lines.length).toBeGreaterThan(5)
  expect(heard).toEqual([])
  expect(client.flavour).toBe('unknown')
})

test('a stream that lost its header is one all the same', async () => {
  const { lines, heard, client } = start((line) => served(line, { 'Content-Type': 'text/event-stream; charset=utf-8' }))
  await turn()
  lines[0]!.send(event('snapshot', { entry: row(1) }))
  await turn()
  expect(heard).toEqual(['up', ['snapshot', 1]])
  expect(client.flavour).toBe('ours')
})

test('a reference service is not watched, until it becomes one of ours', async () => {
  let rows: object[] = []
  const list = () => new Response(JSON.stringify({ clusters: rows }))
  const { timers, lines, client } = start((line) => (line.url.endsWith('/clusters') ? list() : new Response('', { status: 404 })))
  await client.list()
  expect(client.flavour).toBe('reference')
  const before = lines.length
  await timers.advance(60_000)
  expect(lines).toHaveLength(before)
  rows = [row(1)]
  await client.list()
  await timers.advance(20_000)
  expect(lines.at(-1)?.url).toBe('http://discovery/clusters/lab/watch')
})

const shows = (seen: object | undefined) =>
  seen === undefined
    ? new Response(JSON.stringify({ error: 'no-such-cluster', message: '' }), { status: 404, headers: { 'Auki-Discovery-Version': '2' } })
    : new Response(JSON.stringify(seen), { headers: { 'Auki-Discovery-Version': '2' } })

test('a watch without a snapshot within 3 s: the row is looked at each second, changes are told, and a warning says so once', async () => {
  let seen: object | undefined = row(1)
  const { timers, looks, warnings, heard } = start(undefined, () => shows(seen))
  await timers.advance(2_999)
  expect(looks).toEqual([])
  await timers.advance(3_001)
  expect(looks.map((at) => at - looks[0]!)).toEqual([0, 1_000, 2_000, 3_000])
  expect(heard).toEqual(['up', ['snapshot', 1]])
  seen = undefined
  await timers.advance(1_000)
  seen = row(2)
  await timers.advance(5_000)
  expect(heard.slice(2)).toEqual([
    ['snapshot', undefined],
    ['snapshot', 2]
  ])
  expect(warnings).toEqual([expect.stringMatching(/\/clusters\/lab\/watch brought nothing within 3 s, while Discovery answers.*proxy/)])
})

test('meanwhile the watch is opened again and again, and one that works ends the looking; what it brings late is not told', async () => {
  const { timers, lines, looks, heard } = start(undefined, () => shows(row(5)))
  await timers.advance(60_000)
  const intervals = lines.length
  expect(intervals).toBeGreaterThan(4)
  expect(looks.length).toBeGreaterThan(50)
  expect(heard).toEqual(['up', ['snapshot', 5]])
  while (lines.length === intervals) await timers.advance(100)
  lines.at(-1)!.send(event('snapshot', { entry: row(6) }))
  await turn()
  expect(heard.slice(2)).toEqual(['down', 'up', ['snapshot', 6]])
  const before = looks.length
  for (let i = 0; i < 3; i++) {
    await timers.advance(5_000)
    lines.at(-1)!.send(': still here\n\n')
    await turn()
  }
  expect(looks).toHaveLength(before)
})

test('looks that fail tell that nothing works, and come more and more seldom; no warning says that it was a proxy', async () => {
  const { timers, looks, warnings, heard } = start(() => new Response('', { status: 502 }))
  await timers.advance(60_000)
  expect(looks.slice(1).map((at, i) => at - looks[i]!)).toEqual([2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000])
  expect([warnings, heard]).toEqual([[], []])
})

test('an abort ends the looking, too', async () => {
  const { timers, stop, done, looks } = start(undefined, () => shows(row(1)))
  await timers.advance(10_000)
  stop.abort()
  await done
  await turn()
  const before = looks.length
  await timers.advance(10_000)
  expect([looks.length, timers.pending]).toEqual([before, 0])
})
