import { connect, type Socket } from 'node:net'
import { ManualClock } from '@auki/canonical/testing'
import { PeerIdentity } from '@auki/identity'
import { HttpEventStream, httpCall, type StreamItem } from '@auki/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Claim } from '../row.ts'
import type { DiscoveryStore } from '../store.ts'
import { memoryStore } from '../stores/memory.ts'
import { createDiscoveryServer, type DiscoveryServer, type DiscoveryServerOptions } from './server.ts'

const peerId = PeerIdentity.fromSeed(new Uint8Array(32)).peerId
const body = { manager_peer_id: peerId, manager_multiaddrs: ['/ip4/10.0.0.1/tcp/4001'] }
const claim: Claim = { managerPeerId: peerId, managerMultiaddrs: [], relayMultiaddrs: [], instance: '' }
const counter = 1_733_836_800_000_000

let clock: ManualClock
let store: DiscoveryStore
let server: DiscoveryServer

/** A service over a store that the test can reach past it. */
async function serve(options: DiscoveryServerOptions = {}): Promise<void> {
  clock = new ManualClock({ wallNs: 1_733_836_800_000_000_000n })
  store = countingWatches(memoryStore({ clock }))
  server = await createDiscoveryServer({ store, clock, ...options })
}
afterEach(async () => {
  await server.close()
  expect(watchesOpen).toBe(0)
  await store.close()
  expect(clock.pending).toEqual([])
})

let watchesOpen = 0

/** The same store; `watchesOpen` says how many of its watches nobody has closed. */
function countingWatches(counted: DiscoveryStore): DiscoveryStore {
  const watch = counted.watch.bind(counted)
  watchesOpen = 0
  counted.watch = async (...args) => {
    const opened = await watch(...args)
    watchesOpen++
    let open = true
    return {
      close() {
        if (open) watchesOpen--
        open = false
        opened.close()
      }
    }
  }
  return counted
}

const call = (...args: [string, string, Parameters<typeof httpCall>[3]?]) => httpCall(server.url, ...args)
const watch = (path: string, headers?: Record<string, string>) => HttpEventStream.open(server.url, path, headers)
const entry = (item: StreamItem | undefined) => item && 'data' in item && [item.event, item.id, (item.data as { entry: unknown }).entry]

async function metric(name: string): Promise<number> {
  const { text } = await call('GET', '/metrics')
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length) ?? Number.NaN
  )
}

describe('the stream of one row', () => {
  test('shows a row that is not there, then each change as it is committed', async () => {
    await serve()
    await using stream = await watch('/clusters/lab/watch')
    expect(stream.response.status).toBe(200)
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.response.headers.get('auki-discovery-version')).toBe('2')
    expect(stream.response.headers.get('cache-control')).toBe('no-store')
    expect(stream.response.headers.get('access-control-allow-origin')).toBe('*')
    expect(entry(await stream.next())).toEqual(['snapshot', `${counter}`, null])

    const created = (await call('POST', '/clusters/lab', { body })).json
    expect(entry(await stream.next())).toEqual(['created', `${counter + 1}`, created])
    await call('POST', '/clusters/lab/liveness', { body: { peer_count: 2 } })
    await call('POST', '/clusters/else', { body })
    const rotated = (await call('POST', '/clusters/lab/manager', { body })).json
    expect(entry(await stream.next())).toEqual(['rotated', `${counter + 3}`, rotated])
    await call('DELETE', '/clusters/lab')
    expect(entry(await stream.next())).toEqual(['deleted', `${counter + 4}`, rotated])
    const again = (await call('POST', '/clusters/lab', { body })).json
    expect(entry(await stream.next())).toEqual(['created', `${counter + 5}`, again])
    clock.advance(3_000)
    expect(entry(await stream.next())).toEqual(['swept', `${counter + 7}`, again])
  })

  test('begins with the row that is there, and with the counter as it is, whatever Last-Event-ID says', async () => {
    await serve()
    const row = (await call('POST', '/clusters/lab', { body })).json
    await call('POST', '/clusters/else', { body })
    await using stream = await watch('/clusters/lab/watch', { 'last-event-id': '1', accept: 'application/json' })
    expect(entry(await stream.next())).toEqual(['snapshot', `${counter + 2}`, row])
  })

  test('tells of liveness checks only where asked to', async () => {
    await serve()
    await call('POST', '/clusters/lab', { body })
    await using asked = await watch('/clusters/lab/watch?refreshed=1')
    await using not = await watch('/clusters/lab/watch?refreshed=0')
    await asked.next()
    await not.next()
    const refreshed = (await call('POST', '/clusters/lab/liveness', { body: { peer_count: 7 } })).json
    await call('DELETE', '/clusters/lab')
    expect(entry(await asked.next())).toEqual(['refreshed', `${counter + 1}`, refreshed])
    expect(await not.next()).toMatchObject({ event: 'deleted' })
  })

  test('has a comment every 5 s, so that quiet is not mistaken for broken', async () => {
    await serve()
    await using stream = await watch('/clusters/lab/watch')
    await stream.next()
    for (let i = 0; i < 3; i++) {
      clock.advance(5_000)
      expect(await stream.next()).toEqual({ comment: '' })
    }
    await call('POST', '/clusters/lab', { body })
    expect(await stream.next()).toMatchObject({ event: 'created' })
  })
})

describe('the stream of all rows', () => {
  test('shows all, then each change of any', async () => {
    await serve()
    const a = (await call('POST', '/clusters/a', { body })).json
    clock.advance(1)
    const b = (await call('POST', '/clusters/b', { body })).json
    await using stream = await watch('/clusters/watch')
    expect(await stream.next()).toEqual({ event: 'snapshot', id: `${counter + 2}`, data: { entries: [b, a] } })
    const c = (await call('POST', '/clusters/c', { body })).json
    expect(entry(await stream.next())).toEqual(['created', `${counter + 3}`, c])
    clock.advance(3_000)
    for (const [row, id] of [
      [a, 4],
      [b, 5],
      [c, 6]
    ] as const)
      expect(entry(await stream.next())).toEqual(['swept', `${counter + id}`, row])
  })

  test('survives three hundred rows going in one moment: nobody is behind before the socket had its chance', async () => {
    await serve()
    await using stream = await watch('/clusters/watch')
    await stream.next()
    for (let i = 0; i < 300; i++) await store.create(`c${i}`, claim)
    clock.advance(3_000)
    for (let i = 0; i < 300; i++) expect(await stream.next()).toMatchObject({ event: 'created' })
    for (let i = 0; i < 300; i++) expect(await stream.next()).toMatchObject({ event: 'swept' })
    expect(await metric('auki_discovery_watchers_dropped_total')).toBe(0)
  })
})

describe('a reader', () => {
  test('that does not read is disconnected when 256 events behind, while others go on', async () => {
    await serve()
    const wide = { ...claim, managerMultiaddrs: Array<string>(16).fill(`/dns4/${'a'.repeat(500)}`) }
    await store.create('lab', wide)
    await using healthy = await watch('/clusters/lab/watch?refreshed=1')
    await healthy.next()
    const slow = rawWatch('/clusters/lab/watch?refreshed=1')
    await vi.waitUntil(async () => (await metric('auki_discovery_watchers{scope="cluster"}')) === 2)
    let told = 0
    for (; (await dropped()) === 0; told++) {
      expect(told).toBeLessThan(20_000)
      await store.refresh('lab', told)
      expect(await healthy.next()).toMatchObject({ event: 'refreshed', data: { entry: { peer_count: told } } })
    }
    expect(told).toBeGreaterThan(256)
    expect(await metric('auki_discovery_watchers{scope="cluster"}')).toBe(1)
    expect(await metric('auki_discovery_watchers_dropped_total')).toBe(1)
    expect(watchesOpen).toBe(2) // the service's own, and the healthy one's
    await store.refresh('lab', 0)
    expect(await healthy.next()).toMatchObject({ event: 'refreshed', data: { entry: { peer_count: 0 } } })
    slow.destroy()

    /** Asked of the process in passing: a request for each of thousands of events would take its time. */
    async function dropped(): Promise<number> {
      return told % 50 === 0 ? metric('auki_discovery_watchers_dropped_total') : 0
    }
  })

  test('that goes is forgotten, also one that waited behind another on its connection', async () => {
    await serve()
    const get = 'GET /clusters/lab/watch HTTP/1.1\r\nhost: a\r\n\r\n'
    const socket = rawWatch('/clusters/watch', get + get)
    await vi.waitUntil(async () => (await metric('auki_discovery_watchers{scope="cluster"}')) === 2)
    expect(await metric('auki_discovery_watchers{scope="all"}')).toBe(1)
    socket.destroy()
    await vi.waitUntil(async () => (await metric('auki_discovery_watchers{scope="cluster"}')) === 0)
    expect(await metric('auki_discovery_watchers{scope="all"}')).toBe(0)
    expect(watchesOpen).toBe(1) // the service's own
    await store.create('lab', claim)
    expect((await call('GET', '/clusters/lab')).status).toBe(200)
  })

  test('too many is refused with 503; when one goes there is room again', async () => {
    await serve({ watchersMax: 2 })
    await using first = await watch('/clusters/a/watch')
    {
      await using second = await watch('/clusters/watch')
      await first.next()
      await second.next()
      for (const path of ['/clusters/a/watch', '/clusters/watch']) {
        const answer = await call('GET', path)
        expect([answer.status, answer.json]).toMatchObject([
          503,
          { error: 'too-many-watchers', message: expect.stringMatching(/^2 event streams/) }
        ])
      }
    }
    await vi.waitUntil(async () => (await metric('auki_discovery_watchers{scope="all"}')) === 0)
    await using third = await watch('/clusters/b/watch')
    expect(await third.next()).toMatchObject({ event: 'snapshot' })
  })

  test('hears the end when the store ends, and is told 500 when it cannot begin', async () => {
    await serve()
    await using stream = await watch('/clusters/lab/watch')
    await stream.next()
    await store.close()
    expect(await stream.next()).toBeUndefined()
    expect((await call('GET', '/readyz')).status).toBe(503)
    expect(await metric('auki_discovery_watchers{scope="cluster"}')).toBe(0)
  })
})

function rawWatch(path: string, more = ''): Socket {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () =>
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n${more}`)
  )
  return socket.on('error', () => undefined)
}
