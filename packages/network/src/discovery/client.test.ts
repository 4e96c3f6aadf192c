import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { DiscoveryClient, type DiscoveryClientOptions } from './client.ts'

const peerId = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const relayId = '12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq'
const versioned = { 'Auki-Discovery-Version': '2' }

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

type Answer = [status: number, body?: unknown, headers?: Record<string, string>]

let servers: Server[] = []
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  servers = []
})

/** A service that answers what the test says; `sockets` counts connections. */
async function start(answer: (seen: Seen, response: ServerResponse) => Answer | undefined, options: DiscoveryClientOptions = {}) {
  const seen: Seen[] = []
  const counts = { sockets: 0 }
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray()
    const { method = '', url = '', headers } = request
    seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
    const said = answer(seen.at(-1)!, response)
    if (!said) return
    const [status, body = '', extra = versioned] = said
    response.writeHead(status, extra)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  server.on('connection', () => counts.sockets++)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { client: new DiscoveryClient(`${url}//`, options), seen, counts, url }
}

const row = (fields: object = {}) => ({
  name: 'lab',
  manager_peer_id: peerId,
  manager_multiaddrs: ['/ip4/192.0.2.1/tcp/4001'],
  relay_multiaddrs: [],
  peer_count: 1,
  created_ns: 1,
  last_liveness_check_ns: 2,
  revision: 7,
  sweep_after_ms: 3000,
  instance: 'i',
  ...fields
})
const entry = {
  name: 'lab',
  managerPeerId: peerId,
  managerMultiaddrs: ['/ip4/192.0.2.1/tcp/4001'],
  relayMultiaddrs: [],
  peerCount: 1,
  createdNs: 1n,
  lastLivenessCheckNs: 2n,
  revision: 7,
  sweepAfterMs: 3_000,
  instance: 'i'
}
const reference = { ...row(), relay_multiaddrs: undefined, revision: undefined, sweep_after_ms: undefined, instance: undefined }
const { revision: _r, sweepAfterMs: _s, ...oldEntry } = { ...entry, instance: '' }
const claim = { managerPeerId: peerId, managerMultiaddrs: ['/ip4/192.0.2.1/tcp/4001'] }

describe('reading', () => {
  test('a row, with its 64-bit integers as they are', async () => {
    const body = JSON.stringify(row()).replace('"created_ns":1', '"created_ns":1733836800123456789')
    const { client, seen } = await start(() => [200, body])
    expect(await client.get('lab')).toEqual({ kind: 'row', row: { ...entry, createdNs: 1_733_836_800_123_456_789n } })
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/clusters/lab' })
    expect(client.flavour).toBe('ours')
  })

  test('a row is absent when exactly that is answered', async () => {
    const { client } = await start(() => [404, { error: 'not-found' }])
    expect(await client.get('lab')).toEqual({ kind: 'absent' })
  })

  test.each([500, 429, 503, 301, 204])('a %s is trouble', async (status) => {
    const { client } = await start(() => [status, ''])
    await expect(client.get('lab')).rejects.toMatchObject({ name: 'DiscoveryClientError' })
  })

  test('a 404 of something in between says nothing about the row', async () => {
    let between = false
    const { client } = await start(() => (between ? [404, 'no such host', {}] : [200, row()]))
    await client.get('lab')
    between = true
    await expect(client.get('lab')).rejects.toMatchObject({ code: 'status', details: { status: 404, body: 'no such host' } })
    await expect(client.liveness('lab', { peerCount: 1, revision: 7 })).rejects.toMatchObject({ code: 'status' })
    expect(client.flavour).toBe('ours')
  })

  test('the list keeps its order; malformed rows are left out and counted', async () => {
    const { client } = await start(() => [
      200,
      { clusters: [row({ name: 'b' }), { name: 'bad' }, 7, row({ name: 'a', manager_peer_id: 'x' }), row()] }
    ])
    expect((await client.list()).map(({ name }) => name)).toEqual(['b', 'lab'])
    expect(client.skippedRows).toBe(3)
  })

  test.each<[string, object, string]>([
    ['a peer id', { manager_peer_id: 'nobody' }, 'invalid-peer-id'],
    ['a multiaddr', { manager_multiaddrs: ['/nonsense/1'] }, 'invalid-multiaddr'],
    ['a relay address', { relay_multiaddrs: ['x'] }, 'invalid-multiaddr'],
    ['a count', { peer_count: -1 }, 'transport'],
    ['an integer', { created_ns: 1.5 }, 'transport'],
    ['a name', { name: 7 }, 'transport']
  ])('a row with %s that is none is trouble', async (_what, fields, code) => {
    const { client } = await start(() => [200, row(fields)])
    await expect(client.get('lab')).rejects.toMatchObject({ code })
  })

  test.each(['', 'no json', '[]', '{"clusters":7}', 'null'])('an answer %j is trouble', async (body) => {
    const { client } = await start(() => [200, body])
    await expect(client.list()).rejects.toMatchObject({ code: 'transport' })
    await expect(client.get('lab')).rejects.toMatchObject({ code: 'transport' })
  })

  test('a name that is none is refused before anything is sent', async () => {
    const { client, seen } = await start(() => [200, row()])
    for (const name of ['', 'watch', 'a b', '../x', 'x'.repeat(65)]) await expect(client.get(name)).rejects.toThrow(RangeError)
    expect(seen).toEqual([])
  })
})

describe('writing', () => {
  test('a create that is won, and one that is lost', async () => {
    let status = 201
    const { client, seen } = await start(() => (status === 201 ? [201, row()] : [409, { error: 'exists', entry: row() }]))
    expect(await client.create('lab', { ...claim, instance: 'i' })).toEqual({ kind: 'created', row: entry })
    status = 409
    expect(await client.create('lab', claim)).toEqual({ kind: 'exists', row: entry })
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /clusters/lab', 'POST /clusters/lab'])
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(JSON.parse(seen[0]!.body)).toEqual({ manager_peer_id: peerId, manager_multiaddrs: claim.managerMultiaddrs, instance: 'i' })
    expect(JSON.parse(seen[1]!.body)).toEqual({ manager_peer_id: peerId, manager_multiaddrs: claim.managerMultiaddrs })
  })

  test('only 201 is a create', async () => {
    const { client } = await start(() => [200, row()])
    await expect(client.create('lab', claim)).rejects.toMatchObject({ code: 'status', details: { status: 200 } })
  })

  test('relays are those named and those the addresses go through', async () => {
    const { client, seen } = await start(() => [201, row()])
    const relay = `/ip4/192.0.2.9/tcp/1/p2p/${relayId}`
    await client.create('lab', {
      managerPeerId: peerId,
      managerMultiaddrs: [`${relay}/p2p-circuit/p2p/${peerId}`, `${relay}/p2p-circuit`, '/ip4/192.0.2.9/tcp/1/p2p-circuit'],
      relayMultiaddrs: ['/ip4/192.0.2.8/tcp/1', relay, '/ip4/192.0.2.8/tcp/1']
    })
    expect(JSON.parse(seen[0]!.body).relay_multiaddrs).toEqual(['/ip4/192.0.2.8/tcp/1', relay])
  })

  test.each([
    [
      'liveness',
      '/clusters/lab/liveness',
      (client: DiscoveryClient) => client.liveness('lab', { peerCount: 3, revision: 7 }),
      { peer_count: 3 }
    ],
    [
      'rotate',
      '/clusters/lab/manager',
      (client: DiscoveryClient) => client.rotate('lab', { ...claim, revision: 7 }),
      { manager_peer_id: peerId, manager_multiaddrs: claim.managerMultiaddrs }
    ]
  ])('%s compares the revision and tells how that went', async (_what, url, write, body) => {
    let answer: Answer = [200, row()]
    const { client, seen } = await start(() => answer)
    expect(await write(client)).toEqual({ kind: 'ok', row: entry })
    answer = [412, { error: 'conflict', entry: row({ revision: 8 }) }]
    expect(await write(client)).toEqual({ kind: 'conflict', row: { ...entry, revision: 8 } })
    answer = [404, {}]
    expect(await write(client)).toEqual({ kind: 'absent' })
    answer = [400, 'bad']
    await expect(write(client)).rejects.toMatchObject({ code: 'status', details: { status: 400, body: 'bad' } })
    expect(seen[0]).toMatchObject({ method: 'POST', url, headers: { 'if-match': '"7"' } })
    expect(JSON.parse(seen[0]!.body)).toEqual(body)
  })

  test('remove is done when the row is gone, or was not ours any more', async () => {
    let status = 204
    const { client, seen } = await start(() => [status])
    for (status of [204, 200, 404, 412]) expect(await client.remove('lab', { revision: 7 })).toBe('done')
    status = 500
    await expect(client.remove('lab', { revision: 7 })).rejects.toMatchObject({ code: 'status' })
    expect(seen[0]).toMatchObject({ method: 'DELETE', url: '/clusters/lab', headers: { 'if-match': '"7"' } })
  })

  test.each([
    ['token', 'Bearer token'],
    [' bEaReR  token ', 'Bearer token'],
    ['Bearer', undefined],
    ['  ', undefined]
  ])('authorization %j is sent as %j, with what writes only', async (authorization, sent) => {
    const { client, seen } = await start(({ method }) => [method === 'POST' ? 201 : 200, row()], { authorization })
    await client.create('lab', claim)
    await client.remove('lab', {})
    await client.get('lab')
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([sent, sent, undefined])
  })
})

describe('a reference service', () => {
  test('is known by its answers, read by list only, and never asked to compare', async () => {
    const { client, seen } = await start(({ method, url }) => {
      if (method === 'GET') return url === '/clusters' ? [200, { clusters: [reference] }, {}] : [404, 'Not Found', {}]
      return [url.endsWith('/lab') ? 409 : 200, reference, {}]
    })
    expect(client.flavour).toBe('unknown')
    expect(await client.get('lab')).toEqual({ kind: 'row', row: oldEntry })
    expect(client.flavour).toBe('reference')
    expect(await client.get('other')).toEqual({ kind: 'absent' })
    expect(seen.map(({ url }) => url)).toEqual(['/clusters/lab', '/clusters', '/clusters'])
    expect(await client.create('lab', claim)).toEqual({ kind: 'exists', row: oldEntry })
    expect(await client.liveness('lab', { peerCount: 1, revision: 7 })).toEqual({ kind: 'ok', row: oldEntry })
    expect(seen.at(-1)?.headers['if-match']).toBeUndefined()
  })

  test('answers that a row is gone as any other', async () => {
    const { client } = await start(({ method }) => (method === 'GET' ? [200, { clusters: [] }, {}] : [404, '', {}]))
    await client.list()
    expect(await client.liveness('lab', { peerCount: 1 })).toEqual({ kind: 'absent' })
  })

  test('a malformed row that is the one asked for is trouble', async () => {
    const { client } = await start(({ url }) =>
      url === '/clusters' ? [200, { clusters: [{ ...reference, peer_count: 'x' }] }, {}] : [404, '', {}]
    )
    await expect(client.get('lab')).rejects.toMatchObject({ code: 'transport' })
    expect(await client.get('other')).toEqual({ kind: 'absent' })
  })

  test('a service that becomes one of ours is taken for one', async () => {
    let headers: Record<string, string> = {}
    const { client, seen } = await start(({ url }) => [200, url === '/clusters' ? { clusters: [] } : row(), headers])
    await client.list()
    headers = versioned
    await client.list()
    expect(client.flavour).toBe('ours')
    await client.liveness('lab', { peerCount: 1, revision: 7 })
    expect(seen.at(-1)?.headers['if-match']).toBe('"7"')
  })
})

describe('trouble', () => {
  test('nobody there', async () => {
    await expect(new DiscoveryClient('http://127.0.0.1:1').list()).rejects.toMatchObject({ code: 'transport', message: /ECONNREFUSED/ })
    await expect(new DiscoveryClient('not a url').list()).rejects.toMatchObject({ code: 'transport', message: /no URL/ })
  })

  test('no answer in time, nor the rest of one', async () => {
    const { client } = await start(() => undefined)
    await expect(client.list({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'transport', details: { durationMs: 50 } })
    const slow = await start((_seen, response) => {
      response.writeHead(200, versioned)
      response.write('{"clusters":[')
      return undefined
    })
    await expect(slow.client.list({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'transport', details: { durationMs: 50 } })
  })

  test('an answer that never ends in size is not kept', async () => {
    const { client } = await start((_seen, response) => {
      response.writeHead(200, versioned)
      const more = () => void (response.writable && response.write('x'.repeat(65_536), more))
      more()
      return undefined
    })
    await expect(client.get('lab')).rejects.toMatchObject({ code: 'transport', message: /longer than/ })
  })

  test('an abort ends it with its reason', async () => {
    const { client } = await start(() => undefined)
    const controller = new AbortController()
    const reading = expect(client.get('lab', { signal: controller.signal })).rejects.toThrow('enough')
    controller.abort(new Error('enough'))
    await reading
    await expect(client.get('lab', { signal: controller.signal })).rejects.toThrow('enough')
  })

  test('of an answer that fits no rule only the beginning is kept', async () => {
    const { client } = await start(() => [500, 'x'.repeat(100_000)])
    const error = await client.list().catch((thrown: unknown) => thrown)
    expect((error as { details: { body: string } }).details.body).toHaveLength(2_000)
  })
})

test('requests one after the other reuse their connections', async () => {
  const { client, counts } = await start(({ url }) => [200, url === '/clusters' ? { clusters: [] } : row()])
  for (let i = 0; i < 5; i++) {
    await client.liveness('lab', { peerCount: 1, revision: 7 })
    await client.list()
  }
  // Two, because the end of an answer is read a moment before its connection is free again.
  expect(counts.sockets).toBeLessThanOrEqual(2)
})
