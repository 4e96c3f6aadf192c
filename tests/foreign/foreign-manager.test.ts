/** One of our peers in a cluster that a peer of another make has created. */
import { createDiscoveryServer, type DiscoveryServer } from '@auki/discovery'
import type { Log } from '@auki/domain'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, type OurPeer, ourPeer } from './our-peer.ts'
import { ForeignPeer } from './peer/foreign-peer.ts'
import { readInfoResponse, readJoinRequest } from './peer/messages.ts'
import { hashOf } from './peer/offers.ts'
import { hex, readCompactJson, readJson, textOf } from './peer/wire.ts'

let discovery: DiscoveryServer
beforeAll(async () => {
  discovery = await createDiscoveryServer()
})
afterAll(() => discovery.close())

describe('in a cluster of a foreign Manager, our peer', () => {
  const clusterName = 'foreign-lab'
  const ignored: unknown[] = []
  const log: Log = (_level, text, details) => {
    if (text === 'ignored a membership document') ignored.push(details)
  }
  let stack: AsyncDisposableStack
  let foreign: ForeignPeer
  let ours: OurPeer

  beforeAll(async () => {
    stack = new AsyncDisposableStack()
    foreign = stack.use(await ForeignPeer.start({ seed: 1, discoveryUrl: discovery.url, clusterName }))
    await foreign.create()
    ours = stack.use(await ourPeer(2, discovery, clusterName, { joinAuthorization: 'Bearer sesame', log }))
  })
  afterAll(() => stack.disposeAsync())

  test('asks to be admitted in protobuf, with its addresses and its name', async () => {
    const { peerId, payload, substream } = await foreign.came.join.first('a JoinRequest')
    expect(peerId).toBe(ours.peerId)
    const request = { multiaddrs: ours.multiaddrs, authorization: 'Bearer sesame', observer: false, name: 'peer 2' }
    expect(readJoinRequest(payload)).toEqual(request)
    expect(await substream.ended()).toBe('closed')
  })

  test('follows the Manager of the row, and holds its document', () => {
    const { role, managerPeerId, membership } = ours.domain.clusterManager
    expect({ role, managerPeerId }).toEqual({ role: 'follower', managerPeerId: foreign.peerId })
    expect(membership.order).toBeUndefined()
    expect(membership.peers).toMatchObject([
      { peerId: foreign.peerId, multiaddrs: foreign.node.multiaddrs, joinTsNs: foreign.members[0]?.join_ts_ns, successorToken: [] },
      { peerId: ours.peerId, multiaddrs: ours.multiaddrs }
    ])
  })

  test('adopts its documents in whatever order they come', async () => {
    const listed = () => ours.domain.clusterManager.membership.peers.map(({ peerId }) => peerId)
    const two = foreign.members
    const third = { ...foreign.asMember(), peer_id: '12D3KooWRndVhVZPCiQwHBBBdg769GyrPUW13zxwqQyf9r3ANaba', multiaddrs: [] }
    foreign.spread(foreign.document([...two, third]))
    await eventually(() => expect(listed()).toEqual([foreign.peerId, ours.peerId, third.peer_id]))
    foreign.spread(foreign.document(two))
    await eventually(() => expect(listed()).toEqual([foreign.peerId, ours.peerId]))
  })

  test('ignores one that lists what is no peer', async () => {
    const before = ours.domain.clusterManager.membership
    foreign.spread(foreign.document([...foreign.members, { ...foreign.asMember(), peer_id: 'nobody', multiaddrs: [] }]))
    await eventually(() => expect(ignored).toEqual([{ from: foreign.peerId, reason: 'it lists "nobody", which is no peer id' }]))
    expect(ours.domain.clusterManager.membership).toEqual(before)
  })

  test('reads the domain time that its Manager advertises', async () => {
    const { estimate, nowNs, between } = await eventually(() => {
      const before = foreign.domainNowNs()
      const nowNs = ours.domain.clusterManager.domainTimeNow()
      const between = [before, foreign.domainNowNs()] as const
      return { estimate: ours.domain.clusterManager.domainClockEstimate(), nowNs, between }
    })
    expect(estimate).toMatchObject({ clusterName, backingPeerId: foreign.peerId, backingClockId: foreign.offer.clock.id })
    expect(nowNs).toBeGreaterThanOrEqual(between[0] - estimate.uncertaintyNs)
    expect(nowNs).toBeLessThanOrEqual(between[1] + estimate.uncertaintyNs)
  })

  test('asks who the others are and what they have', async () => {
    const { clusterManager } = ours.domain
    const { peerId, offer } = foreign
    const info = await clusterManager.fetchParticipantInfo(peerId)
    expect(info).toMatchObject({ app: 'foreign', peerId, sessionClockId: offer.clock.id, clusterJoinedAtNs: null, isManager: true })
    expect(hex((await foreign.came.info.first('an InfoRequest')).payload)).toBe('')
    const { resources, skippedRows } = await clusterManager.fetchResourcesCatalog(peerId)
    expect(skippedRows).toBe(0)
    expect(resources).toMatchObject([
      {
        variant: 'pose_log',
        resourceId: 'base_link->base_link',
        head: { kind: 'fixed', startedAtNs: 2n ** 53n + 1n },
        available: { bytes: 2n ** 64n - 1n, entries: 3n, durationNs: 2n ** 63n - 1n },
        manifest: { clock: { peerId, id: offer.clock.id, hash: offer.clock.hash }, expectedRateHz: 30 }
      }
    ])
    await clusterManager.fetchResourcesCatalog(peerId, { variants: ['sensor_log'] })
    expect(foreign.came.resources.all.map(({ payload }) => textOf(payload))).toEqual(['{}', '{"variants":["sensor_log"]}'])
  })

  test('fetches the entries of the others', async () => {
    const { clusterManager } = ours.domain
    const { peerId, offer } = foreign
    const clock = await clusterManager.fetchClockEntry(peerId, offer.clock.id, offer.clock.hash)
    expect(clock).toMatchObject({ clockId: offer.clock.id, type: 'monotonic_clock', epoch: null })
    await clusterManager.fetchFrameEntry(peerId, offer.frame.id, offer.frame.hash)
    const unknown = clusterManager.fetchFrameEntry(peerId, offer.frame.id, offer.clock.hash)
    await expect(unknown).rejects.toMatchObject({ code: 'not-found' })
    const [first] = foreign.came.registries.all
    expect(readCompactJson(first!.payload)).toEqual({ kind: 'clock', id: offer.clock.id, hash: offer.clock.hash })
  })

  test('answers who it is, in the form of the question', async () => {
    const { id, hash } = ours.session.monotonicClock
    for (const [form, question] of [['protobuf', ''] as const, ['json', '{}'] as const, ['json', '{"verbose":true}'] as const]) {
      const answer = await foreign.node.ask(ours.peerId, 'info', question)
      const info = readJson(readInfoResponse(form, answer!))
      expect(info).toEqual({
        ...{ app: 'test', name: 'peer 2', peer_id: ours.peerId, app_instance: '0242ac110003' },
        ...{ is_manager: false, manager_peer_id: foreign.peerId, session_id: ours.session.sessionId },
        ...{ session_clock_id: id, session_clock_hash: hash, session_now_ns: expect.any(BigInt), cluster_joined_at_ns: expect.any(BigInt) }
      })
      expect(info.cluster_joined_at_ns).toBeLessThan(info.session_now_ns)
    }
  })

  test('shows what it has, in rows of the wire', async () => {
    const { peerId, sensor, frame, session } = ours
    const row = {
      ...{ source_peer_id: peerId, writer_peer_id: peerId, resource_id: 'wifi', variant: 'sensor_log', state: 'live' },
      head: { kind: 'rolling', retention_ns: 5_000_000_000n },
      available: { bytes: 0n, entries: 0n, duration_ns: 0n },
      sensor: { kind: 'rf', type: 'wifi', sensor_id: 'wifi', sensor_hash: sensor.hash },
      manifest: {
        clock: { peer_id: peerId, id: session.monotonicClock.id, hash: session.monotonicClock.hash },
        frame: { peer_id: peerId, id: frame.id, hash: frame.hash }
      }
    }
    for (const question of ['{}', '{"variants":["sensor_log","some_log"]}', '{"variants":null,"limit":7}']) {
      expect(readCompactJson((await foreign.node.ask(peerId, 'resources', question))!)).toEqual({ resources: [row] })
    }
    for (const question of ['{"variants":["pose_log"]}', '{"variants":["some_log"]}']) {
      expect(textOf((await foreign.node.ask(peerId, 'resources', question))!)).toBe('{"resources":[]}')
    }
  })

  test('serves the entries that its rows name', async () => {
    const { peerId, sensor, frame } = ours
    const question = `{"hash":"${sensor.hash}","id":"wifi","kind":"sensor","peer_id":"ignored"}`
    const { entry } = readCompactJson((await foreign.node.ask(peerId, 'registries', question))!)
    const frameRef = `{"hash":"${frame.hash}","id":"base_link","peer_id":"${peerId}"}`
    const canonical = `{"frame":${frameRef},"kind":"rf","peer_id":"${peerId}","sensor_id":"wifi","type":"wifi"}`
    expect(entry).toEqual({ kind: 'sensor', id: 'wifi', hash: sensor.hash, canonical_json: canonical })
    expect(await hashOf(canonical)).toBe(sensor.hash)
    for (const unknown of [`{"kind":"frame","id":"wifi","hash":"${sensor.hash}"}`, '{"kind":"clock","id":"../../secret","hash":"00"}']) {
      expect(textOf((await foreign.node.ask(peerId, 'registries', unknown))!)).toBe('{"entry":null}')
    }
  })

  test('sends and takes messages of the app', async () => {
    const { clusterManager } = ours.domain
    await foreign.node.tell(ours.peerId, 'diagnostic', '{"topic":"battery","payload_json":"{\\"volts\\":11.1}","urgent":true}')
    const message = { topic: 'battery', payloadJson: '{"volts":11.1}' }
    await eventually(() => expect(clusterManager.drainDiagnosticMessages()).toEqual([{ peerId: foreign.peerId, message }]))
    clusterManager.broadcastDiagnosticMessage({ topic: 'é', payloadJson: '"\n"' })
    const { payload, substream } = await foreign.came.diagnostic.first('a message')
    expect(readCompactJson(payload)).toEqual({ topic: 'é', payload_json: '"\n"' })
    expect(await substream.ended()).toBe('closed')
  })

  test('acknowledges no leave, for it is not the Manager', async () => {
    const substream = await foreign.node.open(ours.peerId, '/auki/leave/0.0.1')
    substream.send(new Uint8Array(4))
    expect(await substream.ended()).toBe('closed')
    expect(substream.unread).toHaveLength(0)
    substream.close()
  })

  test('asks to be taken back when a document does not list it', async () => {
    const asked = foreign.came.join.next('another JoinRequest')
    foreign.spread(foreign.document(foreign.members.slice(0, 1)))
    expect((await asked).peerId).toBe(ours.peerId)
    await eventually(() => expect(ours.domain.clusterManager).toMatchObject({ role: 'follower', peerCount: 2 }))
  })

  test('beats on the carrier of its Manager, echoes, and shows no document without an order', async () => {
    const { carrier } = await foreign.outbound.first('a carrier', ({ peerId }) => peerId === ours.peerId)
    const beats = await carrier.beats.atLeast(5, 'beats of our peer')
    expect(carrier.faults).toEqual([])
    expect(new Set(beats.map(({ fields }) => fields.echo !== undefined))).toEqual(new Set([true, false]))
    for (const { fields } of beats) {
      const { id, hash } = ours.session.monotonicClock
      expect(fields).toMatchObject({ clock_id: id, clock_hash: hash })
      expect(fields).not.toHaveProperty('membership')
      expect(fields).not.toHaveProperty('domain_clock')
    }
  })

  test('says goodbye when it leaves', async () => {
    await ours.domain.leave()
    const { payload, peerId } = await foreign.came.leave.first('a LeaveRequest')
    expect({ payload: hex(payload), peerId }).toEqual({ payload: '', peerId: ours.peerId })
    expect(foreign.members.map(({ peer_id }) => peer_id)).toEqual([foreign.peerId])
    expect(foreign.faults).toEqual([])
    expect(await foreign.directory.row()).toMatchObject({ manager_peer_id: foreign.peerId })
  })
})

test('a foreign Manager may answer in JSON', async () => {
  const at = { discoveryUrl: discovery.url, clusterName: 'older' }
  await using foreign = await ForeignPeer.start({ seed: 3, ...at, form: 'json' })
  await foreign.create()
  await using ours = await ourPeer(4, discovery, 'older')
  expect(ours.domain.clusterManager).toMatchObject({ role: 'follower', managerPeerId: foreign.peerId, peerCount: 2 })
  expect(await ours.domain.clusterManager.fetchParticipantInfo(foreign.peerId)).toMatchObject({
    peerId: foreign.peerId,
    appInstance: '0242ac110002'
  })
})
