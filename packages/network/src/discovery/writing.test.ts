import { describe, expect, test } from 'vitest'
import {
  type Answer,
  absent,
  claim,
  entry,
  oldEntry,
  peerId,
  reference,
  relayId,
  row,
  startService,
  versioned
} from '../testing/discovery-service.ts'
import type { DiscoveryClient } from './client.ts'

describe('writing', () => {
  test('a create that is won, and one that is lost', async () => {
    let status = 201
    const { client, seen } = await startService(() => (status === 201 ? [201, row()] : [409, { error: 'exists', entry: row() }]))
    expect(await client.create('lab', { ...claim, instance: 'i' })).toEqual({ kind: 'created', row: entry })
    status = 409
    expect(await client.create('lab', claim)).toEqual({ kind: 'exists', row: entry })
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /clusters/lab', 'POST /clusters/lab'])
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(JSON.parse(seen[0]!.body)).toEqual({ manager_peer_id: peerId, manager_multiaddrs: claim.managerMultiaddrs, instance: 'i' })
    expect(JSON.parse(seen[1]!.body)).toEqual({ manager_peer_id: peerId, manager_multiaddrs: claim.managerMultiaddrs })
  })

  test('only 201 is a create', async () => {
    const { client } = await startService(() => [200, row()])
    await expect(client.create('lab', claim)).rejects.toMatchObject({ code: 'status', details: { status: 200 } })
  })

  test('relays are those named and those the addresses go through', async () => {
    const { client, seen } = await startService(() => [201, row()])
    const relay = `/ip4/192.0.2.9/tcp/1/p2p/${relayId}`
    await client.create('lab', {
      managerPeerId: peerId,
      managerMultiaddrs: [`${relay}/p2p-circuit/p2p/${peerId}`, `${relay}/p2p-circuit`, '/ip4/192.0.2.9/tcp/1/p2p-circuit'],
      relayMultiaddrs: ['/ip4/192.0.2.8/tcp/1', relay, '/ip4/192.0.2.8/tcp/1']
    })
    expect(JSON.parse(seen[0]!.body).relay_multiaddrs).toEqual(['/ip4/192.0.2.8/tcp/1', relay])
  })

  test('addresses that are none are left out of a claim, which a service would refuse for them', async () => {
    const { client, seen } = await startService(() => [201, row()])
    const bad = ['/ip4/192.0.2.1/tcp/1/p2p/QmInvalid', 'x']
    await client.create('lab', { ...claim, managerMultiaddrs: [...bad, ...claim.managerMultiaddrs], relayMultiaddrs: bad })
    expect(JSON.parse(seen[0]!.body)).toEqual({ manager_peer_id: peerId, manager_multiaddrs: claim.managerMultiaddrs })
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
    const { client, seen } = await startService(() => answer)
    expect(await write(client)).toEqual({ kind: 'ok', row: entry })
    answer = [412, { error: 'conflict', entry: row({ revision: 8 }) }]
    expect(await write(client)).toEqual({ kind: 'conflict', row: { ...entry, revision: 8 } })
    answer = [404, absent]
    expect(await write(client)).toEqual({ kind: 'absent' })
    answer = [400, 'bad']
    await expect(write(client)).rejects.toMatchObject({ code: 'status', details: { status: 400, body: 'bad' } })
    expect(seen[0]).toMatchObject({ method: 'POST', url, headers: { 'if-match': '"7"' } })
    expect(JSON.parse(seen[0]!.body)).toEqual(body)
  })

  test('remove is done when the row is gone, or was not ours any more', async () => {
    let status = 204
    const { client, seen } = await startService(() => [status, status === 404 ? absent : ''])
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
    const { client, seen } = await startService(({ method }) => [method === 'POST' ? 201 : 200, row()], { authorization })
    await client.create('lab', claim)
    await client.remove('lab', {})
    await client.get('lab')
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([sent, sent, undefined])
  })
})

describe('a reference service', () => {
  test('is known by its answers, read by list only, and has nothing to compare', async () => {
    const { client, seen } = await startService(({ method, url }) => {
      if (method === 'GET') return url === '/clusters' ? [200, { clusters: [reference] }, {}] : [404, 'Not Found', {}]
      return [url.endsWith('/lab') ? 409 : 200, reference, {}]
    })
    expect(client.flavour).toBe('unknown')
    expect(await client.get('lab')).toEqual({ kind: 'row', row: oldEntry })
    expect(client.flavour).toBe('reference')
    expect(await client.get('other')).toEqual({ kind: 'absent' })
    expect(seen.map(({ url }) => url)).toEqual(['/clusters/lab', '/clusters', '/clusters'])
    expect(await client.create('lab', claim)).toEqual({ kind: 'exists', row: oldEntry })
    expect(await client.liveness('lab', { peerCount: 1 })).toEqual({ kind: 'ok', row: oldEntry })
    expect(seen.at(-1)?.headers['if-match']).toBeUndefined()
  })

  test('answers that a row is gone as any other', async () => {
    const { client } = await startService(({ method }) => (method === 'GET' ? [200, { clusters: [] }, {}] : [404, '', {}]))
    await client.list()
    expect(await client.liveness('lab', { peerCount: 1 })).toEqual({ kind: 'absent' })
  })

  test('a malformed row that is the one asked for is trouble', async () => {
    const { client } = await startService(({ url }) =>
      url === '/clusters' ? [200, { clusters: [{ ...reference, peer_count: 'x' }] }, {}] : [404, '', {}]
    )
    await expect(client.get('lab')).rejects.toMatchObject({ code: 'transport' })
    expect(await client.get('other')).toEqual({ kind: 'absent' })
  })

  test('a service that becomes one of ours is taken for one', async () => {
    let headers: Record<string, string> = {}
    const { client, seen } = await startService(({ url }) => [200, url === '/clusters' ? { clusters: [] } : row(), headers])
    await client.list()
    headers = versioned
    await client.list()
    expect(client.flavour).toBe('ours')
    await client.liveness('lab', { peerCount: 1, revision: 7 })
    expect(seen.at(-1)?.headers['if-match']).toBe('"7"')
  })

  test('a revision that is held is compared, whatever the service was taken for', async () => {
    const { client, seen } = await startService(({ url }) => [200, url === '/clusters' ? { clusters: [reference] } : reference, {}])
    await client.list()
    expect(client.flavour).toBe('reference')
    await client.liveness('lab', { peerCount: 1, revision: 7 })
    await client.rotate('lab', { ...claim, revision: 7 })
    await client.remove('lab', { revision: 7 })
    expect(seen.slice(1).map(({ headers }) => headers['if-match'])).toEqual(['"7"', '"7"', '"7"'])
    await client.remove('lab', {})
    expect(seen.at(-1)?.headers).not.toHaveProperty('if-match')
  })
})

test('more than sixteen addresses or relays are cut, not refused; a relayed one is kept', async () => {
  const { client, seen } = await startService(() => [201, row()])
  const many = Array.from({ length: 40 }, (_, i) => `/ip4/192.0.2.1/tcp/${i + 1}`)
  const relayed = `/ip4/192.0.2.9/tcp/1/p2p/${relayId}/p2p-circuit`
  await client.create('lab', { managerPeerId: peerId, managerMultiaddrs: [...many, relayed], relayMultiaddrs: many })
  const sent = JSON.parse(seen[0]!.body)
  expect(sent.manager_multiaddrs).toEqual([...many.slice(0, 15), relayed])
  expect(sent.relay_multiaddrs).toEqual(many.slice(0, 16))
})
