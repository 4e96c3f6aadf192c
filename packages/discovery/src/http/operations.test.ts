import { ManualClock } from '@auki/canonical/testing'
import { PeerIdentity } from '@auki/identity'
import { HttpEventStream, httpCall } from '@auki/testkit'
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../stores/memory.ts'
import { createDiscoveryServer, type DiscoveryLogLine } from './server.ts'

const peerId = PeerIdentity.fromSeed(new Uint8Array(32)).peerId
const body = { manager_peer_id: peerId, manager_multiaddrs: ['/ip4/10.0.0.1/tcp/4001'] }

describe('limits', () => {
  test('503 with a reason when the directory is full', async () => {
    await using server = await createDiscoveryServer({ rowsMax: 2 })
    for (const name of ['a', 'b']) expect((await httpCall(server.url, 'POST', `/clusters/${name}`, { body })).status).toBe(201)
    const answer = await httpCall(server.url, 'POST', '/clusters/c', { body })
    expect([answer.status, answer.json]).toEqual([
      503,
      { error: 'too-many-clusters', message: expect.stringMatching(/^this directory holds 2 clusters/) }
    ])
    expect((await httpCall(server.url, 'POST', '/clusters/a', { body })).status).toBe(409)
  })

  test('429 and Retry-After above the rate, for calls on rows and watches only', async () => {
    await using server = await createDiscoveryServer({ rateLimit: { requestsMax: 3, windowMs: 60_000 } })
    for (let i = 0; i < 3; i++) expect((await httpCall(server.url, 'GET', '/clusters')).status).toBe(200)
    for (const path of ['/clusters', '/clusters/lab', '/clusters/lab/watch']) {
      const answer = await httpCall(server.url, 'GET', path)
      expect([answer.status, answer.json]).toMatchObject([
        429,
        { error: 'rate-limited', message: expect.stringMatching(/^more than 3 requests in 60000 ms/) }
      ])
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(answer.headers.get('auki-discovery-version')).toBe('2')
    }
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await httpCall(server.url, 'GET', path)).status).toBe(200)
    expect((await httpCall(server.url, 'OPTIONS', '/clusters')).status).toBe(204)
  })

  test('no rate limit unless asked for', async () => {
    await using server = await createDiscoveryServer()
    const statuses = await Promise.all(Array.from({ length: 50 }, () => httpCall(server.url, 'GET', '/clusters')))
    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]))
  })
})

test('the log has every commit, in order, and nothing else; one that throws harms nothing', async () => {
  const clock = new ManualClock({ wallNs: 1_733_836_800_000_000_000n })
  const lines: DiscoveryLogLine[] = []
  await using server = await createDiscoveryServer({
    clock,
    log: (line) => {
      lines.push(line)
      throw new Error('disk full')
    }
  })
  await httpCall(server.url, 'POST', '/clusters/lab', { body: { ...body, instance: 'i-1' } })
  await httpCall(server.url, 'POST', '/clusters/lab', { body })
  await httpCall(server.url, 'POST', '/clusters/lab/liveness', { body: { peer_count: 2 } })
  await httpCall(server.url, 'GET', '/clusters/lab')
  await httpCall(server.url, 'POST', '/clusters/lab/manager', { body })
  await httpCall(server.url, 'DELETE', '/clusters/lab')
  await httpCall(server.url, 'POST', '/clusters/lab', { body })
  clock.advance(3_000)
  const zero = 1_733_836_800_000_000
  const line = (event: string, instance: string, revision: number, counter: number, atUnixNs = 1_733_836_800_000_000_000n) => ({
    event,
    name: 'lab',
    managerPeerId: peerId,
    instance,
    revision: zero + revision,
    counter: zero + counter,
    atUnixNs
  })
  expect(lines).toEqual([
    line('created', 'i-1', 1, 1),
    line('rotated', '', 2, 2),
    line('deleted', '', 2, 3),
    line('created', '', 4, 4),
    line('swept', '', 4, 5, 1_733_836_803_000_000_000n)
  ])
})

test('a request that fails inside is answered 500 without its reason, which goes to the log', async () => {
  const error = new Error('the secret of the engine room')
  const failing = memoryStore()
  failing.list = () => Promise.reject(error)
  const lines: DiscoveryLogLine[] = []
  await using server = await createDiscoveryServer({ store: failing, log: (line) => lines.push(line) })
  const answer = await httpCall(server.url, 'GET', '/clusters?x=1')
  expect([answer.status, answer.json]).toEqual([500, { error: 'internal', message: expect.not.stringContaining('secret') }])
  expect(lines).toEqual([{ event: 'request-failed', method: 'GET', path: '/clusters?x=1', error }])
  expect((await httpCall(server.url, 'GET', '/clusters/lab')).status).toBe(404)
  await failing.close()
})

test('the metrics count requests by route and status, commits by kind, rows, sweeps and refusals', async () => {
  const clock = new ManualClock()
  await using server = await createDiscoveryServer({ clock })
  for (const name of ['a', 'b', 'c']) await httpCall(server.url, 'POST', `/clusters/${name}`, { body })
  await httpCall(server.url, 'POST', '/clusters/a', { body })
  await httpCall(server.url, 'POST', '/clusters/a/liveness', { body: { peer_count: 2 } })
  await httpCall(server.url, 'POST', '/clusters/a/manager', { body })
  await httpCall(server.url, 'DELETE', '/clusters/a')
  await httpCall(server.url, 'GET', '/clusters/a')
  await httpCall(server.url, 'GET', '/nowhere')
  clock.advance(2_000)
  await httpCall(server.url, 'POST', '/clusters/b/liveness', { body: { peer_count: 2 } })
  clock.advance(1_000)
  await using stream = await HttpEventStream.open(server.url, '/clusters/watch')
  await stream.next()

  const answer = await httpCall(server.url, 'GET', '/metrics')
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = answer.text.split('\n').filter((line) => line.startsWith('auki_'))
  const prefix = 'auki_discovery_'
  expect(lines.map((line) => line.slice(prefix.length)).sort()).toEqual(
    [
      'commits_total{kind="created"} 3',
      'commits_total{kind="deleted"} 1',
      'commits_total{kind="refreshed"} 2',
      'commits_total{kind="rotated"} 1',
      'refusals_total{error="already-exists"} 1',
      'refusals_total{error="no-such-cluster"} 1',
      'refusals_total{error="no-such-route"} 1',
      'requests_total{method="DELETE",route="/clusters/:name",status="204"} 1',
      'requests_total{method="GET",route="/clusters/:name",status="404"} 1',
      'requests_total{method="GET",route="/clusters/watch",status="200"} 1',
      'requests_total{method="GET",route="none",status="404"} 1',
      'requests_total{method="POST",route="/clusters/:name",status="201"} 3',
      'requests_total{method="POST",route="/clusters/:name",status="409"} 1',
      'requests_total{method="POST",route="/clusters/:name/liveness",status="200"} 2',
      'requests_total{method="POST",route="/clusters/:name/manager",status="200"} 1',
      'rows 1',
      'sweeps_total 1',
      'watchers_dropped_total 0',
      'watchers{scope="all"} 1'
    ].sort()
  )
  expect(answer.text).toMatch(/^process_cpu_seconds_total \d/m)
  expect(answer.text).toMatch(/^nodejs_heap_size_used_bytes \d/m)
})
