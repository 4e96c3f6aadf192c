/** The Discovery client against the Discovery service: do both mean the same. */
import { createDiscoveryServer } from '@auki/discovery'
import { PeerIdentity } from '@auki/identity'
import { DiscoveryClient, type DiscoveryWatchEvent } from '@auki/network'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const me = PeerIdentity.fromSeed(new Uint8Array(32).fill(1))
const you = PeerIdentity.fromSeed(new Uint8Array(32).fill(2))
const claim = { managerPeerId: me.peerId, managerMultiaddrs: ['/ip4/192.0.2.1/tcp/4001'], instance: 'first' }

let server: Awaited<ReturnType<typeof createDiscoveryServer>>
let client: DiscoveryClient
beforeEach(async () => {
  server = await createDiscoveryServer({ sweepAfterMs: 60_000 })
  client = new DiscoveryClient(server.url, { identity: me })
})
afterEach(() => server.close())

test('a reign from its create to its end', async () => {
  expect(await client.get('lab')).toEqual({ kind: 'absent' })
  const created = await client.create('lab', claim)
  expect(created).toMatchObject({
    kind: 'created',
    row: { ...claim, name: 'lab', peerCount: 1, sweepAfterMs: 60_000, relayMultiaddrs: [] }
  })
  expect(client.flavour).toBe('ours')
  const { revision } = created.row
  expect(revision).toBeGreaterThan(1_700_000_000_000_000)
  expect(await client.create('lab', claim)).toEqual({ kind: 'exists', row: created.row })

  expect(await client.liveness('lab', { peerCount: 3, revision })).toMatchObject({ kind: 'ok', row: { revision, peerCount: 3 } })
  const handed = await client.rotate('lab', { managerPeerId: you.peerId, managerMultiaddrs: [], revision })
  expect(handed).toMatchObject({ kind: 'ok', row: { managerPeerId: you.peerId, peerCount: 3, instance: '' } })
  const late = await client.liveness('lab', { peerCount: 3, revision })
  expect(late).toEqual({ kind: 'conflict', row: (handed as { row: unknown }).row })
  expect(await client.remove('lab', { revision })).toBe('done')
  expect((await client.list()).map(({ managerPeerId }) => managerPeerId)).toEqual([you.peerId])

  expect(await client.remove('lab', {})).toBe('done')
  expect(await client.liveness('lab', { peerCount: 1, revision })).toEqual({ kind: 'absent' })
  expect(await client.rotate('lab', claim)).toEqual({ kind: 'absent' })
  expect(await client.remove('lab', {})).toBe('done')
})

test('a watch tells what happens to the row, and outlives the service', async () => {
  const heard: (DiscoveryWatchEvent['type'] | 'up' | 'down')[] = []
  const stop = new AbortController()
  const done = client.watch('lab', {
    signal: stop.signal,
    onEvent: ({ type }) => heard.push(type),
    onUp: () => heard.push('up'),
    onDown: () => heard.push('down')
  })
  await vi.waitFor(() => expect(heard).toEqual(['up', 'snapshot']))
  const { row } = await client.create('lab', claim)
  await client.rotate('lab', { ...claim, revision: row.revision })
  await client.remove('lab', {})
  await vi.waitFor(() => expect(heard.slice(2)).toEqual(['created', 'rotated', 'deleted']))
  const { port } = new URL(server.url)
  await server.close()
  await vi.waitFor(() => expect(heard.at(-1)).toBe('down'))
  server = await createDiscoveryServer({ port: Number(port) })
  await vi.waitFor(() => expect(heard.slice(-2)).toEqual(['up', 'snapshot']), { timeout: 5_000 })
  stop.abort()
  await done
})
