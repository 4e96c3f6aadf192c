import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import type { Json } from '@auki/canonical'
import { ManualClock } from '@auki/canonical/testing'
import { PeerIdentity } from '@auki/identity'
import { type HttpAnswer, HttpEventStream, httpCall } from '@auki/testkit'
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../stores/memory.ts'
import { createDiscoveryServer } from './server.ts'

const body = { manager_peer_id: PeerIdentity.fromSeed(new Uint8Array(32)).peerId, manager_multiaddrs: ['/ip4/10.0.0.1/tcp/4001'] }

describe('starting and stopping', () => {
  test('is not ready until it sees its rows: readyz and the calls on rows answer 503, healthz 200', async () => {
    const port = await freePort()
    const store = memoryStore()
    const { promise: watched, resolve: letWatch } = Promise.withResolvers<void>()
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
    const watch = store.watch.bind(store)
    store.watch = async (...args) => {
      ask()
      await watched
      return watch(...args)
    }
    const starting = createDiscoveryServer({ port, store })
    await asked
    const url = `http://127.0.0.1:${port}`
    const notReady = [503, { error: 'not-ready', message: 'the service is starting; try again in a moment' }]
    for (const path of ['/readyz', '/clusters']) expect(statusAndJson(await httpCall(url, 'GET', path))).toEqual(notReady)
    expect(statusAndJson(await httpCall(url, 'POST', '/clusters/lab', { body }))).toEqual(notReady)
    expect(statusAndJson(await httpCall(url, 'GET', '/healthz'))).toEqual([200, { status: 'ok' }])
    letWatch()
    await using server = await starting
    expect(server.url).toBe(url)
    expect(statusAndJson(await httpCall(url, 'GET', '/readyz'))).toEqual([200, { status: 'ready' }])
    await store.close()
  })

  test('stops: streams end, the answer under way is given, what follows on its connection is 503, then nobody listens', async () => {
    const store = memoryStore()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
    const read = store.get.bind(store)
    store.get = async (name) => {
      ask()
      await gate
      return read(name)
    }
    const server = await createDiscoveryServer({ store })
    await using stream = await HttpEventStream.open(server.url, '/clusters/lab/watch')
    await stream.next()
    const connection = rawConnection(server.url, get('/clusters/lab'))
    await asked
    const closed = server.close()
    expect(server.close()).toBe(closed)
    expect(await stream.next()).toBeUndefined()
    const followed = arrival('/readyz')
    await connection.write(get('/readyz'))
    await followed
    open()
    expect(await connection.received).toMatch(/^HTTP\/1\.1 404 .*no-such-cluster.*HTTP\/1\.1 503 .*"the service is stopping/s)
    await closed
    await expect(httpCall(server.url, 'GET', '/healthz')).rejects.toThrow()
    expect(await store.list()).toEqual([]) // a store that was given is its owner's to close
    await store.close()
  })

  test('stops in bounded time whatever its clients do', async () => {
    const stuck = memoryStore()
    stuck.get = () => new Promise(() => undefined)
    const server = await createDiscoveryServer({ store: stuck })
    const hanging = httpCall(server.url, 'GET', '/clusters/lab').catch((error: Error) => error)
    const half = rawConnection(server.url, 'GET /healthz HTTP/1.1\r\nhost:')
    await expect(httpCall(server.url, 'GET', '/healthz')).resolves.toMatchObject({ status: 200 })
    await server.close()
    expect(await hanging).toBeInstanceOf(Error)
    await half.received
    await stuck.close()
  })

  test('an address in use, and options out of range', async () => {
    await using server = await createDiscoveryServer()
    const { port } = new URL(server.url)
    await expect(createDiscoveryServer({ port: Number(port) })).rejects.toMatchObject({
      code: 'listen-failed',
      message: expect.stringMatching(new RegExp(`^cannot listen on 127\\.0\\.0\\.1:${port}: .*; choose another`)),
      details: { host: '127.0.0.1', port: Number(port) },
      cause: { code: 'EADDRINUSE' }
    })
    for (const options of [
      { sweepAfterMs: 0 },
      { rowsMax: -1 },
      { watchersMax: 1.5 },
      { rateLimit: { requestsMax: 0, windowMs: 60_000 } },
      { rateLimit: { requestsMax: 1, windowMs: 1 } },
      { store: memoryStore(), sweepAfterMs: 3_000 }
    ]) {
      await expect(createDiscoveryServer(options)).rejects.toMatchObject({ code: 'bad-option' })
    }
  })

  test('leaves no timer behind', async () => {
    const clock = new ManualClock()
    const server = await createDiscoveryServer({ clock })
    await httpCall(server.url, 'POST', '/clusters/lab', { body })
    const stream = await HttpEventStream.open(server.url, '/clusters/watch')
    await stream.next()
    expect(clock.pending).toHaveLength(2)
    await server.close()
    expect(clock.pending).toEqual([])
  })
})

const statusAndJson = ({ status, json }: HttpAnswer): [number, Json | undefined] => [status, json]

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`

/** A connection on which text is sent as it is; `received` is all that came, once the connection has ended. */
function rawConnection(url: string, text: string): { write(text: string): Promise<void>; received: Promise<string> } {
  const { promise: received, resolve } = Promise.withResolvers<string>()
  let answer = ''
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text))
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk
  })
  socket.on('error', () => undefined).on('close', () => resolve(answer))
  return { received, write: (more) => new Promise((written) => socket.write(more, () => written())) }
}

/** Resolves when a server of this process has read the head of a request for `path`: until then its connection counts as idle. */
function arrival(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const onStart = (message: unknown) => {
    if ((message as { request: IncomingMessage }).request.url !== path) return
    unsubscribe('http.server.request.start', onStart)
    resolve()
  }
  subscribe('http.server.request.start', onStart)
  return promise
}

async function freePort(): Promise<number> {
  const probe = createTcpServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
