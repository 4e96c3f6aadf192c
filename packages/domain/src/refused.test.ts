/** A Discovery that says no in every way there is: the app hears why, in time, and the service is not flooded. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ClusterManager } from './cluster-manager.ts'
import { ClusterTarget } from './config.ts'
import { Domain } from './domain.ts'
import { participant } from './testing/presence.ts'

interface Refusals extends AsyncDisposable {
  readonly url: string
  /** When each request came, and what it was: `METHOD /path`. */
  readonly requests: readonly { readonly what: string; readonly atMs: number }[]
}

type Answer = (what: string, response: ServerResponse) => void

async function refusals(answer: Answer): Promise<Refusals> {
  const requests: { what: string; atMs: number }[] = []
  const server = createServer((incoming, response) => {
    incoming.resume()
    const what = `${incoming.method} ${incoming.url}`
    if (!what.endsWith('/watch')) requests.push({ what, atMs: performance.now() })
    answer(what, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

function say(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'auki-discovery-version': '2', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

const noCluster = (response: ServerResponse) => say(response, 404, { error: 'no-such-cluster', message: 'there is none' })
const page = '<html><body><h1>Welcome</h1> log in to the hotel</body></html>'
const isCreate = (what: string): boolean => what.startsWith('POST /clusters/lab')

/** No row, and a create is answered like this. */
const creates =
  (refuse: (response: ServerResponse) => void): Answer =>
  (what, response) =>
    isCreate(what) ? refuse(response) : noCluster(response)

const foreignPage = (status: number) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'text/html' })
  response.end(page)
}

const joinDeadlineMs = 3_000

async function refusedJoin(
  discoveryUrl: string,
  target = ClusterTarget.joinOrCreate('lab')
): Promise<{ error: Error & { code: string }; tookMs: number }> {
  const one = await participant(1)
  const began = performance.now()
  const joining = Domain.join(one.peer, one.session, one.config(discoveryUrl, { target, settings: { preset: 'lan', joinDeadlineMs } }))
  const error = await joining.then(
    () => expect.unreachable('it is refused'),
    (thrown) => thrown
  )
  return { error, tookMs: performance.now() - began }
}

describe.concurrent('each at the same time', () => {
  test.each<[string, (response: ServerResponse) => void, string]>([
    ['403', (response) => say(response, 403, { error: 'forbidden', message: 'not you' }), 'answered 403: forbidden: not you'],
    [
      '503 “full”',
      (response) => say(response, 503, { error: 'full', message: 'too many clusters' }),
      'answered 503: full: too many clusters'
    ],
    [
      '429',
      (response) => say(response, 429, { error: 'rate-limited', message: 'slower' }, { 'retry-after': '1' }),
      'answered 429: rate-limited'
    ],
    ['401', (response) => say(response, 401, { error: 'unauthorized', message: 'who are you' }), 'answered 401: unauthorized'],
    ['a foreign page with 200', foreignPage(200), 'answered 200: Welcome log in to the hotel'],
    ['a foreign page with 502', foreignPage(502), 'answered 502: Welcome'],
    ['301 to another place', (response) => say(response, 301, '', { location: '/elsewhere' }), '(to POST http://127.0.0.1:'],
    ['a connection that is cut', (response) => void response.destroy(), 'POST http://127.0.0.1:']
  ])('a create refused with %s: few requests, over at the deadline, and the error says why', async (_name, refuse, says) => {
    await using discovery = await refusals(creates(refuse))
    const { error, tookMs } = await refusedJoin(discovery.url)
    expect(error).toMatchObject({ name: 'BootstrapError', code: 'discovery', details: { name: 'lab', question: 'create' } })
    expect(error.message).toContain(says)
    expect(error.message).toContain(`POST ${discovery.url}/clusters/lab`)
    expect(error.cause).toMatchObject({ name: 'DiscoveryClientError' })
    const writes = discovery.requests.filter(({ what }) => what.startsWith('POST'))
    expect(writes.length).toBeGreaterThan(1)
    expect(writes.length).toBeLessThanOrEqual(5)
    expect(discovery.requests.length).toBeLessThanOrEqual(16)
    expect(tookMs).toBeGreaterThanOrEqual(joinDeadlineMs - 100)
    expect(tookMs).toBeLessThan(joinDeadlineMs + 5_000) // a busy machine; to the millisecond the core's own tests tell
  })

  test('a Discovery that goes silent: over at the deadline', async () => {
    await using discovery = await refusals(creates(() => {}))
    const { error, tookMs } = await refusedJoin(discovery.url)
    expect(error).toMatchObject({ code: 'discovery', details: { question: 'create' } })
    expect(tookMs).toBeLessThan(joinDeadlineMs + 5_000) // a busy machine; to the millisecond the core's own tests tell
  })

  test('target create is told at once what its create was refused for', async () => {
    await using discovery = await refusals(creates((response) => say(response, 403, { error: 'forbidden', message: 'not you' })))
    const { error, tookMs } = await refusedJoin(discovery.url, ClusterTarget.create('lab'))
    expect(error).toMatchObject({ code: 'discovery', details: { question: 'create' } })
    expect(error.message).toContain('answered 403: forbidden: not you')
    expect(discovery.requests.filter(({ what }) => isCreate(what))).toHaveLength(1)
    expect(tookMs).toBeLessThan(joinDeadlineMs)
  })

  test('a row that names us and is refused to every claim, and a create that finds it: with pauses', async () => {
    const one = await participant(1)
    const row = {
      name: 'lab',
      manager_peer_id: one.identity.peerId,
      manager_multiaddrs: [],
      peer_count: 1,
      created_ns: 1,
      last_liveness_check_ns: 1,
      revision: 5,
      sweep_after_ms: 3_000,
      instance: 'earlier'
    }
    for (const status of [412, 404]) {
      await using discovery = await refusals((what, response) => {
        if (what === 'POST /clusters/lab') return say(response, 409, { error: 'exists', message: '', entry: row })
        if (what === 'POST /clusters/lab/manager')
          return status === 404 ? noCluster(response) : say(response, 412, { error: 'mismatch', message: '', entry: row })
        return status === 404 ? noCluster(response) : say(response, 200, row, { etag: '"5"' })
      })
      const { tookMs } = await refusedJoin(discovery.url)
      expect(tookMs).toBeLessThan(joinDeadlineMs + 5_000) // a busy machine; to the millisecond the core's own tests tell
      expect(discovery.requests.filter(({ what }) => what.startsWith('POST')).length).toBeLessThanOrEqual(6)
      expect(discovery.requests.length).toBeLessThanOrEqual(20)
    }
  })

  test('a Manager whose row is missing for a renewal and there for a create, or never under the right revision: with pauses', async () => {
    for (const status of [404, 412]) {
      const one = await participant(1)
      let row: object | undefined
      await using discovery = await refusals((what, response) => {
        if (what === 'POST /clusters/lab' && row === undefined) {
          row = {
            ...{
              name: 'lab',
              manager_peer_id: one.identity.peerId,
              manager_multiaddrs: [],
              peer_count: 1,
              created_ns: 1,
              last_liveness_check_ns: 1
            },
            ...{ revision: 5, sweep_after_ms: 3_000, instance: '' }
          }
          return say(response, 201, row, { etag: '"5"' })
        }
        if (what === 'POST /clusters/lab') return say(response, 409, { error: 'exists', message: '', entry: row })
        if (what === 'POST /clusters/lab/liveness' && status === 412)
          return say(response, 412, { error: 'mismatch', message: '', entry: row })
        return noCluster(response)
      })
      const config = one.config(discovery.url, { target: ClusterTarget.create('lab') })
      const domain = await Domain.join(one.peer, one.session, config)
      const lasted = performance.now()
      for await (const { type } of domain.clusterManager.events()) if (type === 'role-changed') break // the lease has run out: 3 s of it
      const windowMs = performance.now() - lasted
      const writes = discovery.requests.filter(({ what }) => what.startsWith('POST')).map(({ atMs }) => atMs)
      expect(windowMs).toBeGreaterThan(2_000)
      expect(writes.length).toBeGreaterThan(2)
      expect(writes.length).toBeLessThanOrEqual(9)
      await domain.leave().catch(() => {})
    }
  })

  test('the statics say the same', async () => {
    await using discovery = await refusals(creates((response) => say(response, 503, { error: 'full', message: 'too many clusters' })))
    const one = await participant(1)
    const { target: _, ...config } = one.config(discovery.url)
    const creating = ClusterManager.createCluster({ ...config, clusterName: 'lab', clock: one.session.clock })
    await expect(creating).rejects.toMatchObject({
      name: 'CreateClusterError',
      code: 'discovery',
      message: expect.stringContaining('503: full')
    })
  })
})
