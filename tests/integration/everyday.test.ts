/** What an app does every day, through `Domain` alone; and the same through the faces that were there before. */
import {
  ClusterManager,
  ClusterTarget,
  createSwarm,
  Domain,
  type DomainEvent,
  Peer,
  PeerIdentity,
  rosBody,
  type Session
} from '@auki/domain'
import { expect, test } from 'vitest'
import { cameraBody, eventually, world } from './world.ts'

interface Participant {
  readonly peer: Peer
  readonly session: Session
  readonly domain: Domain
}

/** Joins with an identity given once. */
async function join(discoveryUrl: string, name: string, seed: number): Promise<Participant> {
  const identity = PeerIdentity.fromSeed(new Uint8Array(32).fill(seed))
  const peer = new Peer({ identity })
  const session = await peer.startSession()
  const domain = await Domain.join(peer, session, {
    target: ClusterTarget.joinOrCreate('lab'),
    discoveryUrl,
    daemonInfo: { name },
    swarm: await createSwarm(identity, { listen: ['/ip4/127.0.0.1/tcp/0'] }),
    settings: { preset: 'lan' },
    log: () => {}
  })
  return { peer, session, domain }
}

/** A log with one entry, an empty picture. */
async function offerCamera({ peer, session }: Pick<Participant, 'peer' | 'session'>): Promise<void> {
  const frame = await peer.registerFrame('base', rosBody)
  const sensor = await peer.registerSensor('cam', { ...cameraBody, frame })
  const log = await session.registerSensorLog({ sensor, head: { kind: 'fixed' } })
  await log.append({ timestampNs: session.clock.nowNs(), payload: new Uint8Array(0) })
}

test('an identity given once is enough; members are found by name, asked, read, and heard of', async () => {
  await using lab = await world()
  const robot = await join(lab.discoveryUrl, 'robot', 1)
  await using robotDomain = robot.domain
  await offerCamera(robot)
  const joined: string[] = []
  using _joins = robotDomain.on('member-joined', ({ peerId }) => joined.push(peerId))
  const phone = await join(lab.discoveryUrl, 'phone', 2)
  await using domain = phone.domain
  expect(phone.peer).toMatchObject({ appId: 'app', peerId: phone.peer.identity?.peerId })

  await eventually(() => expect(joined).toEqual([phone.peer.peerId]))
  expect(domain.peers).toEqual([
    { peerId: robot.peer.peerId, name: 'robot', isSelf: false, isManager: true, observer: false },
    { peerId: phone.peer.peerId, name: 'phone', isSelf: true, isManager: false, observer: false }
  ])
  expect(domain.peer('robot')).toEqual(domain.peers[0])
  expect(domain.peer(robot.peer.peerId)).toEqual(domain.peers[0])
  expect(() => domain.peer('lidar')).toThrow(expect.objectContaining({ name: 'DomainError', code: 'no-such-peer' }))
  expect(domain.addresses).toEqual(domain.clusterManager.localMultiaddrs)

  for (const meant of ['robot', robot.peer.peerId, domain.peer('robot')]) {
    const { resources, skippedRows } = await domain.catalogOf(meant)
    expect([resources.map(({ resourceId }) => resourceId), skippedRows]).toEqual([['cam'], 0])
  }
  expect((await domain.catalogOf('robot', { variants: ['pose_log'] })).resources).toEqual([])
  expect((await robotDomain.catalogOf('robot')).resources).toEqual(robotDomain.catalog())
  await expect(domain.catalogOf('lidar')).rejects.toMatchObject({ code: 'no-such-peer' })

  const [row] = (await domain.catalogOf('robot')).resources
  await using reading = await domain.open(row!, { kind: 'camera', from: 'from_start' })
  for await (const { payload } of reading) {
    expect(payload).toBeDefined()
    break
  }
  await domain.clockReady()
  await domain.clockReady({ signal: new AbortController().signal })
  expect(domain.now({ monotonic: true })).toBeTypeOf('bigint')
})

test('events begin with how things stand, and go on with each change', async () => {
  await using lab = await world()
  const robot = await join(lab.discoveryUrl, 'robot', 1)
  await using robotDomain = robot.domain
  const phone = await join(lab.discoveryUrl, 'phone', 2)
  const heard: DomainEvent[] = []
  const reading = (async () => {
    for await (const event of phone.domain.events()) heard.push(event)
  })()
  await eventually(() => expect(heard).toHaveLength(1))
  expect(heard[0]).toEqual({ type: 'snapshot', peers: phone.domain.peers, managerPeerId: robot.peer.peerId, role: 'follower' })
  const third = await join(lab.discoveryUrl, 'tablet', 3)
  await third.domain.leave()
  await eventually(() => expect(heard.map(({ type }) => type)).toEqual(['snapshot', 'member-joined', 'member-left']))
  await phone.domain.leave()
  await reading
  expect(heard.at(-1)).toEqual({ type: 'left' })
  await robotDomain.leave()
})

test('after leaving every verb answers: with the last state, or by saying that it is over', async () => {
  await using lab = await world()
  const { domain, peer } = await join(lab.discoveryUrl, 'robot', 1)
  const { addresses } = domain
  const heard: string[] = []
  domain.on('left', ({ type }) => heard.push(type))
  await domain.leave()
  expect(heard).toEqual(['left'])
  expect(domain.peers).toEqual([{ peerId: peer.peerId, name: 'robot', isSelf: true, isManager: true, observer: false }])
  expect(domain.peer('robot').peerId).toBe(peer.peerId)
  expect(domain.addresses).toEqual(addresses)
  expect(domain.now()).toBeTypeOf('bigint')
  expect((await domain.catalogOf('robot')).resources).toEqual([])
  await expect(domain.catalogOf(PeerIdentity.fromSeed(new Uint8Array(32).fill(9)).peerId)).rejects.toMatchObject({ code: 'request' })
  await expect(domain.clockReady()).rejects.toMatchObject({ name: 'DomainError', code: 'stopped' })
  const events: DomainEvent[] = []
  for await (const event of domain.events()) events.push(event)
  expect(events).toEqual([{ type: 'snapshot', peers: domain.peers, managerPeerId: peer.peerId, role: 'ended' }])
  domain.on('member-joined', () => expect.unreachable())[Symbol.dispose]()
})

test('the former faces: an identity in the config, and the statics and methods of ClusterManager', async () => {
  await using lab = await world()
  const { peer, session, domain, manager } = await lab.join(1)
  await offerCamera({ peer, session })
  const identity = PeerIdentity.fromSeed(new Uint8Array(32).fill(2))
  const swarm = await createSwarm(identity, { listen: ['/ip4/127.0.0.1/tcp/0'] })
  const other = new Peer({ peerId: identity.peerId, appId: 'old' })
  const { clock } = await other.startSession()
  await using joined = await ClusterManager.joinCluster({
    ...{ clusterName: 'lab', localIdentity: identity, discoveryUrl: lab.discoveryUrl, daemonInfo: { name: 'old' }, swarm, clock },
    settings: { preset: 'lan' },
    log: () => {}
  })
  expect(other.identity).toBeUndefined()
  expect(joined.membership.peers.map(({ peerId }) => peerId)).toEqual([peer.peerId, identity.peerId])
  const { resources } = await joined.fetchResourcesCatalog(manager.localPeerId)
  const [row] = resources
  if (row?.variant !== 'sensor_log') expect.unreachable('it is the log of a camera')
  const { sensorId, sensorHash } = row.sensor!
  const bySensor = await joined.fetchSensorEntry(row)
  expect(bySensor).toMatchObject({ kind: 'camera', sensorId: 'cam' })
  expect(await joined.fetchSensorEntry(peer.peerId, sensorId, sensorHash)).toEqual(bySensor)
  expect(await joined.fetchSensorEntry({ peerId: peer.peerId, id: sensorId, hash: sensorHash })).toEqual(bySensor)
  expect(await joined.fetchClockEntry(row.manifest.clock)).toMatchObject({ clockId: session.clock.id })
  expect(await joined.fetchFrameEntry(bySensor.frame)).toMatchObject({ frameId: 'base' })
  await using reading = await joined.openResource(row, { from: 'from_start' })
  expect(reading.kind).toBe('camera')
  expect(domain.clusterManager.domainTimeNow()).toBeTypeOf('bigint')
})
