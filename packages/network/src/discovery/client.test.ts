import { describe, expect, test } from 'vitest'
import { absent, claim, entry, row, startService, stopServices, versioned } from '../testing/discovery-service.ts'
import { DiscoveryClient } from './client.ts'

describe('reading', () => {
  test('a row, with its 64-bit integers as they are', async () => {
    const body = JSON.stringify(row()).replace('"created_ns":1', '"created_ns":1733836800123456789')
    const { client, seen } = await startService(() => [200, body])
    expect(await client.get('lab')).toEqual({ kind: 'row', row: { ...entry, createdNs: 1_733_836_800_123_456_789n } })
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/clusters/lab' })
    expect(client.flavour).toBe('ours')
  })

  test('a row is absent when exactly that is answered', async () => {
    const { client, seen } = await startService(() => [404, absent])
    expect(await client.get('lab')).toEqual({ kind: 'absent' })
    expect(seen).toHaveLength(1)
  })

  test.each([
    ['a wrong path at our service', { error: 'no-such-route', message: 'there is no GET /wrong/clusters/lab' }, versioned],
    ['another 404 of our service', {}, versioned],
    ['some other web server', '<h1>Not Found</h1>', {}]
  ])('%s is not taken for a missing row; the URL is named', async (_what, body, headers) => {
    const { url } = await startService(() => [404, body, headers])
    const client = new DiscoveryClient(`${url}/wrong`)
    const named = { code: 'status', details: { status: 404 }, message: expect.stringContaining(`${url}/wrong/clusters`) }
    await expect(client.get('lab')).rejects.toMatchObject(named)
    await expect(client.list()).rejects.toMatchObject(named)
    await expect(client.liveness('lab', { peerCount: 1, revision: 7 })).rejects.toMatchObject(named)
    await expect(client.rotate('lab', { ...claim, revision: 7 })).rejects.toMatchObject(named)
    await expect(client.remove('lab', { revision: 7 })).rejects.toMatchObject(named)
    await expect(client.create('lab', claim)).rejects.toMatchObject(named)
    expect(client.flavour).toBe('unknown')
  })

  test.each([500, 429, 503, 301, 204])('a %s is trouble', async (status) => {
    const { client } = await startService(() => [status, ''])
    await expect(client.get('lab')).rejects.toMatchObject({ name: 'DiscoveryClientError' })
  })

  test('a 404 of something in between says nothing about the row', async () => {
    let between = false
    const { client } = await startService(() => (between ? [404, 'no such host', {}] : [200, row()]))
    await client.get('lab')
    between = true
    await expect(client.get('lab')).rejects.toMatchObject({ code: 'status', details: { status: 404, body: 'no such host' } })
    await expect(client.liveness('lab', { peerCount: 1, revision: 7 })).rejects.toMatchObject({ code: 'status' })
    expect(client.flavour).toBe('ours')
  })

  test('a row with a revision is ours, even where its header got lost', async () => {
    const { client } = await startService(({ url }) => [200, url === '/clusters' ? { clusters: [row()] } : row(), {}])
    expect(await client.get('lab')).toEqual({ kind: 'row', row: entry })
    expect(client.flavour).toBe('ours')
    await client.list()
    expect(client.flavour).toBe('ours')
  })

  test.each<[string, unknown, Record<string, string>]>([
    ['a page', '<html>please log in</html>', {}],
    ['JSON of something else', { portal: true }, {}],
    ['a page with our header', '<html></html>', versioned]
  ])('%s with a 200 is trouble, tells nothing of the service, and the fence stays', async (_what, page, headers) => {
    let portal = false
    const { client, seen } = await startService(({ url }) =>
      portal ? [200, page, headers] : [200, url === '/clusters' ? { clusters: [row()] } : row()]
    )
    await client.get('lab')
    portal = true
    await expect(client.get('lab')).rejects.toMatchObject({ code: 'transport', message: expect.stringContaining('/clusters') })
    await expect(client.list()).rejects.toMatchObject({ code: 'transport' })
    await expect(client.liveness('lab', { peerCount: 1, revision: 7 })).rejects.toMatchObject({ code: 'transport' })
    expect(client.flavour).toBe('ours')
    await client.remove('lab', { revision: 7 })
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', headers: { 'if-match': '"7"' } })
  })

  test('a portal that is there first is not taken for a service', async () => {
    let portal = true
    const { client } = await startService(() => (portal ? [200, '<html></html>', {}] : [200, row()]))
    await expect(client.get('lab')).rejects.toMatchObject({ code: 'transport' })
    expect(client.flavour).toBe('unknown')
    portal = false
    expect(await client.get('lab')).toEqual({ kind: 'row', row: entry })
  })

  test('whoever sends us elsewhere is not followed: another path says nothing of the row', async () => {
    const { client, seen } = await startService(({ url }) =>
      url.startsWith('/elsewhere') ? [404, absent] : [302, '', { ...versioned, Location: '/elsewhere' }]
    )
    await expect(client.get('lab')).rejects.toMatchObject({ code: 'status', details: { status: 302 } })
    await expect(client.create('lab', claim)).rejects.toMatchObject({ code: 'status', details: { status: 302 } })
    expect(seen.map(({ url }) => url)).toEqual(['/clusters/lab', '/clusters/lab'])
  })

  test('the list keeps its order; malformed rows are left out and counted', async () => {
    const { client } = await startService(() => [
      200,
      { clusters: [row({ name: 'b' }), { name: 'bad' }, 7, row({ name: 'a', manager_peer_id: 'x' }), row()] }
    ])
    expect((await client.list()).map(({ name }) => name)).toEqual(['b', 'lab'])
    expect(client.skippedRows).toBe(3)
  })

  test.each<[string, object, string]>([
    ['a peer id', { manager_peer_id: 'nobody' }, 'invalid-peer-id'],
    ['a list of addresses', { manager_multiaddrs: '/ip4/192.0.2.1/tcp/4001' }, 'transport'],
    ['a count', { peer_count: -1 }, 'transport'],
    ['an integer', { created_ns: 1.5 }, 'transport'],
    ['a name', { name: 7 }, 'transport']
  ])('a row with %s that is none is trouble', async (_what, fields, code) => {
    const { client } = await startService(() => [200, row(fields)])
    await expect(client.get('lab')).rejects.toMatchObject({ code })
  })

  test('an address that is none costs itself, not its row: it is counted, and said once', async () => {
    const said: string[] = []
    const bad = [
      `/ip4/192.0.2.1/tcp/1/p2p/QmInvalid`,
      '/nonsense/1',
      '/ip4/192.0.2.1/udp/1/webrtc-direct/certhash/uAAAA',
      '/dns4/\ud800',
      7
    ]
    const fields = { manager_multiaddrs: [...bad, '/ip4/192.0.2.1/tcp/4001'], relay_multiaddrs: ['x'] }
    const { client } = await startService(({ url }) => [200, url === '/clusters' ? { clusters: [row(fields)] } : row(fields)], {
      log: (_level, message) => said.push(message)
    })
    const read = { ...entry, badMultiaddrs: [...bad.slice(0, 3), '/dns4/\ufffd', '7', 'x'] }
    expect(await client.get('lab')).toEqual({ kind: 'row', row: read })
    expect(await client.list()).toEqual([read])
    expect([client.skippedRows, client.skippedMultiaddrs]).toEqual([0, 12])
    expect(said).toHaveLength(6)
    expect(said[0]).toMatch(/"lab" .*"\/ip4\/192\.0\.2\.1\/tcp\/1\/p2p\/QmInvalid"/)
  })

  test.each(['', 'no json', '[]', '{"clusters":7}', 'null'])('an answer %j is trouble', async (body) => {
    const { client } = await startService(() => [200, body])
    await expect(client.list()).rejects.toMatchObject({ code: 'transport' })
    await expect(client.get('lab')).rejects.toMatchObject({ code: 'transport' })
  })

  test('a name that is none is refused before anything is sent', async () => {
    const { client, seen } = await startService(() => [200, row()])
    for (const name of ['', 'watch', 'a b', '../x', 'x'.repeat(65)]) await expect(client.get(name)).rejects.toThrow(RangeError)
    expect(seen).toEqual([])
  })
})

describe('trouble', () => {
  test('nobody there', async () => {
    const { url } = await startService(() => undefined)
    await stopServices()
    await expect(new DiscoveryClient(url).list()).rejects.toMatchObject({
      code: 'transport',
      message: expect.stringContaining('ECONNREFUSED')
    })
    await expect(new DiscoveryClient('not a url').list()).rejects.toMatchObject({
      code: 'transport',
      message: expect.stringContaining('no URL')
    })
  })

  test('no answer in time, nor the rest of one', async () => {
    const { client } = await startService(() => undefined)
    await expect(client.list({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'transport', details: { durationMs: 50 } })
    const slow = await startService((_seen, response) => {
      response.writeHead(200, versioned)
      response.write('{"clusters":[')
      return undefined
    })
    await expect(slow.client.list({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'transport', details: { durationMs: 50 } })
  })

  test('an answer that never ends in size is not kept', async () => {
    const { client } = await startService((_seen, response) => {
      response.writeHead(200, versioned)
      const more = () => void (response.writable && response.write('x'.repeat(65_536), more))
      more()
      return undefined
    })
    await expect(client.get('lab')).rejects.toMatchObject({ code: 'transport', message: expect.stringContaining('longer than') })
  })

  test('an abort ends it with its reason', async () => {
    const { client } = await startService(() => undefined)
    const controller = new AbortController()
    const reading = expect(client.get('lab', { signal: controller.signal })).rejects.toThrow('enough')
    controller.abort(new Error('enough'))
    await reading
    await expect(client.get('lab', { signal: controller.signal })).rejects.toThrow('enough')
  })

  test('of an answer that fits no rule only the beginning is kept', async () => {
    const { client } = await startService(() => [500, 'x'.repeat(100_000)])
    const error = await client.list().catch((thrown: unknown) => thrown)
    expect((error as { details: { body: string } }).details.body).toHaveLength(2_000)
  })
})

test('requests one after the other reuse their connections', async () => {
  const { client, counts } = await startService(({ url }) => [200, url === '/clusters' ? { clusters: [] } : row()])
  for (let i = 0; i < 5; i++) {
    await client.liveness('lab', { peerCount: 1, revision: 7 })
    await client.list()
  }
  // Two, because the end of an answer is read a moment before its connection is free again.
  expect(counts.sockets).toBeLessThanOrEqual(2)
})
