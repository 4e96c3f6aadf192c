/** The Discovery client against the Discovery service: do both mean the same. */
import { createDiscoveryServer } from '@auki/discovery'
import { PeerIdentity } from '@auki/identity'
import { DiscoveryClient, type DiscoveryClusterEntry, type DiscoveryWatchEvent } from '@auki/network'
import { httpCall } from '@auki/testkit'
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

test('whatever address the service takes its client reads, and what it refuses is named', async () => {
  const peerId = you.peerId
  const certhash = 'uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ'
  const legal = [
    `/ip4/192.0.2.1/tcp/4001/p2p/${peerId}`,
    `/ip6/2001:db8::1/udp/4001/quic-v1/webtransport/certhash/${certhash}/p2p/${peerId}`,
    `/dns4/relay.example/tcp/443/tls/sni/relay.example/ws/p2p/${peerId}/p2p-circuit/p2p/${me.peerId}`,
    '/ip4/192.0.2.1/sctp/9',
    '/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:1234',
    '/ip4/192.0.2.0/ipcidr/24',
    '/unix/%2Ftmp%2Fa'
  ]
  await client.create('lab', claim)
  const taken: boolean[] = []
  for (const address of legal.flatMap(withFaults)) {
    const body = { manager_peer_id: peerId, manager_multiaddrs: ['/ip4/192.0.2.9/tcp/1'], relay_multiaddrs: [address] }
    const answer = await httpCall(server.url, 'POST', '/clusters/lab/manager', { body })
    taken.push(answer.status === 200)
    if (answer.status === 200) {
      const { row } = (await client.get('lab')) as { row: DiscoveryClusterEntry }
      expect([row.relayMultiaddrs.length, row.badMultiaddrs], address).toEqual([1, undefined])
    } else {
      const error = { error: 'bad-multiaddr', message: expect.stringMatching(/^relay_multiaddrs\[0\] "/) }
      expect([answer.status, answer.json], address).toEqual([400, error])
    }
  }
  expect(taken.filter(Boolean).length).toBeGreaterThan(legal.length)
  expect(taken.filter((took) => !took).length).toBeGreaterThan(100)
})

/** The address, and what becomes of it when one place of it is another character or is missing. */
function withFaults(address: string): string[] {
  const places = Array.from({ length: 12 }, (_, index) => Math.floor(((index + 0.5) * address.length) / 12))
  const put = (at: number, text: string) => address.slice(0, at) + text + address.slice(at + 1)
  return [address, ...places.flatMap((at) => ['', '9', '0', '/', '\ud800', '\u202e', ' '].map((text) => put(at, text)))]
}
