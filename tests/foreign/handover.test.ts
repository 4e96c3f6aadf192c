/** The Manager goes, in a cluster of our peers and one of another make: whoever comes next, the others follow. */

import { createDiscoveryServer, type DiscoveryServer } from '@auki/discovery'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, type OurPeer, ourPeer, vanish } from './our-peer.ts'
import { ForeignPeer } from './peer/foreign-peer.ts'
import { readCompactJson, textOf } from './peer/wire.ts'

let discovery: DiscoveryServer
beforeAll(async () => {
  discovery = await createDiscoveryServer({ sweepAfterMs: 1_000 })
})
afterAll(() => discovery.close())

const startForeign = (seed: number, clusterName: string) => ForeignPeer.start({ seed, discoveryUrl: discovery.url, clusterName })
const standing = ({ domain }: OurPeer) => {
  const { role, managerPeerId, membership } = domain.clusterManager
  return { role, managerPeerId, members: membership.peers.map(({ peerId }) => peerId) }
}

describe.concurrent('a cluster', () => {
  test('whose foreign Manager hangs is taken over once its row is swept', async () => {
    await using foreign = await startForeign(21, 'hangs')
    await foreign.create()
    const settings = { preset: 'lan', electionTurnMs: 200 } as const
    await using ours = await ourPeer(22, discovery, 'hangs', { settings })
    await using other = await ourPeer(23, discovery, 'hangs', { settings })
    await foreign.came.join.atLeast(2, 'JoinRequests')
    foreign.hang()
    // Who had its beats last gives it another turn, so either of the two may be first.
    await eventually(() => {
      const [one, two] = [standing(ours), standing(other)]
      expect([one.role, two.role].sort()).toEqual(['follower', 'manager'])
      expect({ ...one, role: two.role }).toEqual(two)
      expect(one.members).toEqual([ours.peerId, other.peerId])
    })
    expect(await foreign.directory.row()).toMatchObject({ manager_peer_id: standing(ours).managerPeerId })
  })

  test('whose Manager of ours vanishes follows the foreign peer that takes its place', async () => {
    await using first = await ourPeer(24, discovery, 'vanishes')
    await using foreign = await startForeign(25, 'vanishes')
    await foreign.join()
    await using ours = await ourPeer(26, discovery, 'vanishes')
    await foreign.came.membership.first('a push of all three', ({ payload }) => textOf(payload).includes(ours.peerId))
    await vanish(first.domain)
    await eventually(async () => expect(await foreign.directory.row()).toBeUndefined())
    expect(await foreign.directory.create(foreign.peerId, foreign.node.multiaddrs)).toBe(201)
    foreign.reign(foreign.members.filter(({ peer_id }) => peer_id !== first.peerId))
    await eventually(() => {
      expect(standing(ours)).toEqual({ role: 'follower', managerPeerId: foreign.peerId, members: [foreign.peerId, ours.peerId] })
    })
    await foreign.outbound.first('a carrier to our peer', ({ peerId }) => peerId === ours.peerId)
    expect(foreign.faults).toEqual([])
  })

  test('whose row a foreign peer rotates under a living Manager of ours follows it', async () => {
    await using ours = await ourPeer(27, discovery, 'rotated')
    await using foreign = await startForeign(28, 'rotated')
    await foreign.join()
    expect(await foreign.directory.rotate(foreign.peerId, foreign.node.multiaddrs)).toBe(200)
    foreign.reign(foreign.members)
    await eventually(() => {
      expect(standing(ours)).toEqual({ role: 'follower', managerPeerId: foreign.peerId, members: [ours.peerId, foreign.peerId] })
    })
    expect(await foreign.directory.row()).toMatchObject({ manager_peer_id: foreign.peerId })
  })

  test('whose Manager of ours leaves is handed to the foreign peer, which need not know the hint', async () => {
    await using ours = await ourPeer(29, discovery, 'left')
    await using foreign = await startForeign(30, 'left')
    await foreign.join()
    await foreign.came.membership.first('a push')
    const leaving = ours.domain.leave()
    const row = { manager_peer_id: foreign.peerId, manager_multiaddrs: foreign.node.multiaddrs }
    await eventually(async () => expect(await foreign.directory.row()).toMatchObject(row))
    await leaving
    const hints = foreign.came.membership.all.map(({ payload }) => readCompactJson(payload).handover_to)
    expect(hints.filter((hint) => hint !== undefined)).toEqual([foreign.peerId])
  })
})

test('nothing that the foreign peer is made of is ours', async () => {
  const { importsOf, repositoryFiles } = await import('../house/rules/source.ts')
  const sources = repositoryFiles('.ts').filter(({ path }) => path.startsWith('tests/foreign/peer/'))
  expect(sources.length).toBeGreaterThan(5)
  const imports = sources.flatMap((source) => importsOf(source).map(({ specifier }) => specifier))
  expect(imports.filter((specifier) => !/^(?:\.\/|libp2p$|@libp2p\/|@multiformats\/multiaddr$|hash-wasm$)/.test(specifier))).toEqual([])
})
