/** A peer of another make in a cluster that one of ours has created. */
import { createDiscoveryServer, type DiscoveryServer } from '@auki/discovery'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, type OurPeer, ourPeer } from './our-peer.ts'
import { ForeignPeer } from './peer/foreign-peer.ts'
import { joinRequest, readInfoResponse, readJoinResponse } from './peer/messages.ts'
import { hashOf } from './peer/offers.ts'
import { bytesOf, hex, readCompactJson, readJson, textOf } from './peer/wire.ts'

const clusterName = 'lab'
let stack: AsyncDisposableStack
let discovery: DiscoveryServer
let ours: OurPeer
let foreign: ForeignPeer
/** Of the Accept. */
let document: { peers: { peer_id: string; join_ts_ns: bigint; multiaddrs: string[] }[]; epoch: bigint; version: bigint }
const seen: { peerId: string; authorization: string }[] = []

beforeAll(async () => {
  stack = new AsyncDisposableStack()
  discovery = stack.use(await createDiscoveryServer())
  const admitGate = {
    check: async (peerId: string, authorization: string) => {
      seen.push({ peerId, authorization })
      return authorization === 'Bearer no' ? ({ ok: false, reason: 'not with that token' } as const) : ({ ok: true } as const)
    }
  }
  ours = stack.use(await ourPeer(11, discovery, clusterName, { admitGate }))
  foreign = stack.use(await ForeignPeer.start({ seed: 12, discoveryUrl: discovery.url, clusterName }))
  document = await foreign.join('Bearer sesame')
})
afterAll(() => stack.disposeAsync())

const listed = () => ours.domain.clusterManager.membership.peers.map(({ peerId }) => peerId)

describe('as a member, a foreign peer', () => {
  test('is admitted, and reads the document', () => {
    expect(seen).toEqual([{ peerId: foreign.peerId, authorization: 'Bearer sesame' }])
    const member = { join_ts_ns: expect.any(BigInt), successor_token: [] }
    expect(document).toEqual({
      cluster_name: clusterName,
      epoch: expect.any(BigInt),
      version: 2n,
      gated: true,
      peers: [
        { peer_id: ours.peerId, multiaddrs: ours.multiaddrs, ...member, name: 'peer 11' },
        { peer_id: foreign.peerId, multiaddrs: foreign.node.multiaddrs, ...member }
      ]
    })
    expect(document.peers.every(({ join_ts_ns }) => join_ts_ns > 2n ** 53n)).toBe(true)
    expect(listed()).toEqual([ours.peerId, foreign.peerId])
  })

  test('gets the document pushed, in one frame of compact JSON', async () => {
    const { peerId, payload, substream } = await foreign.came.membership.first('a push')
    expect(peerId).toBe(ours.peerId)
    const { manager_peer_id, membership_json, ...more } = readCompactJson(payload)
    expect({ manager_peer_id, more }).toEqual({ manager_peer_id: ours.peerId, more: {} })
    expect(readJson(membership_json)).toEqual(document)
    expect(await substream.ended()).toBe('closed')
    expect(substream.unread).toHaveLength(0)
  })

  test('keeps its place when it joins again, from another address', async () => {
    const moved = ['/ip4/127.0.0.1/tcp/4001', '/ip4/127.0.0.1/udp/4001/quic-v1']
    const answer = await foreign.node.ask(ours.peerId, 'join', joinRequest('protobuf', moved, 'Bearer again'))
    const again = readJson((readJoinResponse('protobuf', answer!) as { document: string }).document)
    const [manager, member] = document.peers
    expect(again).toEqual({ ...document, version: document.version + 1n, peers: [manager, { ...member, multiaddrs: moved }] })
    const pushed = await foreign.came.membership.first('the push of it', ({ payload }) => textOf(payload).includes('quic-v1'))
    expect(readJson(readCompactJson(pushed.payload).membership_json)).toEqual(again)
  })

  test('is told in the JSON form when it asks in that', async () => {
    const answer = await foreign.node.ask(ours.peerId, 'join', joinRequest('json', foreign.node.multiaddrs))
    const again = readJson((readJoinResponse('json', answer!) as { document: string }).document)
    expect(again).toMatchObject({ version: document.version + 2n, peers: document.peers })
    expect(textOf(answer!)).toContain('"successor_token":[]')
  })

  test('hears why it is refused', async () => {
    const answer = await foreign.node.ask(ours.peerId, 'join', joinRequest('protobuf', foreign.node.multiaddrs, 'Bearer no'))
    expect(hex(answer!)).toBe(`12150a13${hex(bytesOf('not with that token'))}`)
    expect(listed()).toEqual([ours.peerId, foreign.peerId])
  })

  test('is asked, and asks, who is who and who has what', async () => {
    const { clusterManager } = ours.domain
    expect(await clusterManager.fetchParticipantInfo(foreign.peerId)).toMatchObject({ peerId: foreign.peerId, isManager: false })
    expect((await clusterManager.fetchResourcesCatalog(foreign.peerId)).resources).toHaveLength(1)
    const { id, hash } = foreign.offer.frame
    expect(await clusterManager.fetchFrameEntry(foreign.peerId, id, hash)).toMatchObject({ frameId: id, units: 'meters' })
    for (const [form, question] of [['protobuf', ''] as const, ['json', '{}'] as const]) {
      const info = readJson(readInfoResponse(form, (await foreign.node.ask(ours.peerId, 'info', question))!))
      expect(info).toMatchObject({ peer_id: ours.peerId, is_manager: true, manager_peer_id: ours.peerId })
    }
    const { resources } = readCompactJson((await foreign.node.ask(ours.peerId, 'resources', '{}'))!)
    expect(resources).toMatchObject([{ resource_id: 'wifi', sensor: { sensor_hash: ours.sensor.hash } }])
    const question = `{"kind":"frame","id":"base_link","hash":"${ours.frame.hash}"}`
    const { entry } = readCompactJson((await foreign.node.ask(ours.peerId, 'registries', question))!)
    expect(await hashOf(entry.canonical_json)).toBe(ours.frame.hash)
  })

  test('sends and takes messages of the app', async () => {
    const { clusterManager } = ours.domain
    await foreign.node.tell(ours.peerId, 'diagnostic', '{"topic":"t","payload_json":"not JSON: the app\'s own"}')
    const message = { topic: 't', payloadJson: "not JSON: the app's own" }
    await eventually(() => expect(clusterManager.drainDiagnosticMessages()).toEqual([{ peerId: foreign.peerId, message }]))
    clusterManager.broadcastDiagnosticMessage({ topic: 'to all', payloadJson: '{}' })
    const { payload } = await foreign.came.diagnostic.first('a message')
    expect(readCompactJson(payload)).toEqual({ topic: 'to all', payload_json: '{}' })
  })

  test('is beaten to, with the domain clock, and echoed to', async () => {
    const { peerId, carrier } = await foreign.inbound.first('a carrier')
    expect(peerId).toBe(ours.peerId)
    const beats = await carrier.beats.atLeast(5, 'beats')
    const { id, hash } = ours.session.monotonicClock
    const domainClockId = `${clusterName}/domain-clock`
    const description = `{"cluster_name":"${clusterName}","domain_clock_id":"${domainClockId}","kind":"domain_clock","schema_version":1}`
    for (const { fields } of beats) {
      expect(fields).toMatchObject({ clock_id: id, clock_hash: hash })
      expect(fields).not.toHaveProperty('membership')
      expect(fields.domain_clock).toEqual({
        ...{ cluster_name: clusterName, domain_clock_id: domainClockId, domain_clock_hash: await hashOf(description) },
        ...{ backing_peer_id: ours.peerId, backing_clock_id: id, backing_clock_hash: hash, backing_to_domain_offset_ns: 0n }
      })
    }
    expect(new Set(beats.map(({ fields }) => fields.echo !== undefined))).toEqual(new Set([true, false]))
    const estimate = await eventually(() => {
      const found = ours.domain.clusterManager.clockSyncEstimate(id, foreign.offer.clock.id)
      expect(found).toBeDefined()
      return found!
    })
    const before = foreign.nowNs()
    const guess = ours.session.clock.nowNs() + estimate.offsetNs
    expect(guess).toBeGreaterThanOrEqual(before - estimate.uncertaintyNs)
    expect(guess).toBeLessThanOrEqual(foreign.nowNs() + estimate.uncertaintyNs)
  })

  test('gets no burst of beats after a stall of the machine', async () => {
    const { carrier } = await foreign.inbound.first('a carrier')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200)
    await carrier.beats.atLeast(carrier.beats.all.length + 2, 'beats after the stall')
    const sentAt = carrier.beats.all.map(({ fields }) => fields.sent_at_clock_ns as bigint)
    // A timer may fire a millisecond early, and the machine may halt for some between its going off and the stamp.
    const apart = sentAt.slice(1).map((at, index) => at - sentAt[index]!)
    expect(apart.filter((ns) => ns < 450_000_000n)).toEqual([])
    expect(apart.some((ns) => ns > 1_000_000_000n)).toBe(true)
    expect(carrier.faults).toEqual([])
  })

  test('is told that it asked the wrong one', async () => {
    await using third = await ourPeer(13, discovery, clusterName)
    await foreign.node.connect(third.peerId, third.multiaddrs)
    const answer = await foreign.node.ask(third.peerId, 'join', joinRequest('protobuf', []))
    expect(hex(answer!)).toBe('12110a0f6e6f7420746865206d616e61676572')
    await foreign.came.membership.first('a push that lists the third', ({ payload }) => textOf(payload).includes(third.peerId))
    expect(foreign.members.map(({ peer_id }) => peer_id)).toEqual([ours.peerId, foreign.peerId, third.peerId])
    expect(await third.domain.clusterManager.fetchParticipantInfo(foreign.peerId)).toMatchObject({ peerId: foreign.peerId })
  })

  test('is dialled again when it has closed its connection, as idle ones are', async () => {
    const carrier = foreign.inbound.next('a new carrier', ({ peerId }) => peerId === ours.peerId)
    const pushed = foreign.came.membership.next('the document, which may have changed meanwhile')
    await foreign.node.connection(ours.peerId)!.close()
    await (await carrier).carrier.beats.first('a beat')
    await pushed
    expect(foreign.node.connection(ours.peerId)!.direction).toBe('inbound')
    expect(listed()).toContain(foreign.peerId)
  })

  test('leaves: it is acknowledged, taken out, and disconnected only then', async () => {
    const connection = foreign.node.connection(ours.peerId)!
    const gone = new Promise((resolve) => connection.addEventListener('close', resolve, { once: true }))
    expect(hex((await foreign.node.ask(ours.peerId, 'leave', ''))!)).toBe('')
    await gone
    expect(listed()).not.toContain(foreign.peerId)
    expect(foreign.faults).toEqual([])
  })
})
