import { contentHash } from '@auki/canonical'
import { PeerIdentity } from '@auki/identity'
import { bytesOf, memoryStorage, opengl, type RegistryRef, RegistryStore, rosBody, type SensorRef, unity } from '@auki/registry'
import type { ClockSource } from '@auki/time'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { Peer } from './peer.ts'

const rf = (frame: RegistryRef) => ({ kind: 'rf', type: 'wifi', frame }) as const

async function setUp() {
  const peer = new Peer({ peerId: '12D3KooWPeerExample', appId: 'demo' })
  return { peer, frame: await peer.registerFrame('base_link', rosBody) }
}

describe('registering', () => {
  test('writes the entry and remembers it', async () => {
    const { peer, frame } = await setUp()
    const sensor = await peer.registerSensor('wifi', rf(frame))
    const detector = await peer.registerDetector('aukilabs/qr', { type: 'qr' }, ['qr', 'aruco'])
    expect(peer.registries.frame('base_link')).toMatchObject({ peerId: peer.peerId, frameId: 'base_link', ...rosBody })
    expect(peer.registries.sensor('wifi')).toMatchObject({ sensorId: 'wifi', kind: 'rf', frame })
    expect(peer.registries.detector('aukilabs/qr')).toMatchObject({ type: 'qr', outputTypes: ['qr', 'aruco'] })
    const store = new RegistryStore(peer.storage)
    expect(await store.get('sensor', sensor)).toEqual(peer.registries.sensor('wifi'))
    expect(await store.get('detector', detector)).toEqual(peer.registries.detector('aukilabs/qr'))
    expect(await store.list('frame')).toEqual([frame])
  })

  test('a later entry takes the place of an earlier one under the same id', async () => {
    const { peer, frame } = await setUp()
    const other = await peer.registerFrame('base_link', unity)
    expect(peer.registries.frame('base_link')).toMatchObject(unity)
    expect(peer.registries.list('frame')).toEqual([other])
    expect(peer.registries.version('frame', frame)).toMatchObject(rosBody)
    await peer.registerFrame('base_link', rosBody)
    expect(peer.registries.list('frame')).toEqual([frame])
    expect(peer.registries.version('frame', other)).toMatchObject(unity)
  })

  test('hands out copies', async () => {
    const { peer } = await setUp()
    const copy = peer.registries.frame('base_link') as unknown as { axes: { x: string } }
    copy.axes.x = 'up'
    expect(peer.registries.frame('base_link')).toMatchObject(rosBody)
  })

  test('knows nothing else', async () => {
    const { peer, frame } = await setUp()
    expect(peer.registries.sensor('base_link')).toBeUndefined()
    expect(peer.registries.frame('toString')).toBeUndefined()
    expect(peer.registries.version('frame', { ...frame, peerId: 'other' })).toBeUndefined()
    expect(peer.registries.list('detector')).toEqual([])
  })

  test('applies the id rule', async () => {
    const { peer, frame } = await setUp()
    const invalid = { code: 'invalid-id', message: "invalid registry id: registry id contains disallowed character '@'" }
    await expect(peer.registerFrame('a@b', rosBody)).rejects.toMatchObject(invalid)
    await expect(peer.registerSensor('a@b', rf(frame))).rejects.toMatchObject(invalid)
    await expect(peer.registerDetector('a@b', { type: 'qr' }, [])).rejects.toMatchObject(invalid)
    expect(peer.registries.list('frame')).toEqual([frame])
  })

  test('says what the registry refused', async () => {
    const { peer, frame } = await setUp()
    const missing = rf({ ...frame, id: 'nowhere' })
    await expect(peer.registerSensor('s', missing)).rejects.toMatchObject({
      code: 'registry',
      message: `registry: sensor "s" references missing frame ("nowhere", "${frame.hash}")`,
      cause: { code: 'frame-reference-missing' }
    })
    const axes = { x: 'up', y: 'up', z: 'up' } as const
    await expect(peer.registerFrame('f', { ...opengl, axes })).rejects.toMatchObject({ code: 'registry', cause: { code: 'invalid-axes' } })
    await expect(peer.registerFrame('..', opengl)).rejects.toMatchObject({ code: 'invalid-path' })
    expect(peer.registries.sensor('s')).toBeUndefined()
    expect(peer.registries.list('frame')).toEqual([frame])
  })

  test('stops when told to', async () => {
    const { peer } = await setUp()
    const options = { signal: AbortSignal.abort(new Error('stop')) }
    await expect(peer.registerFrame('g', unity, options)).rejects.toThrow('stop')
    await expect(peer.startSession(options)).rejects.toThrow('stop')
    expect(peer.registries.frame('g')).toBeUndefined()
  })

  test('a reference remembers the kind of sensor, in its type', async () => {
    const { peer, frame } = await setUp()
    const sensor = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
    expectTypeOf(sensor).toEqualTypeOf<SensorRef<'rf'>>()
    expectTypeOf<RegistryRef>().toExtend<SensorRef<'camera'>>()
    expectTypeOf<SensorRef<'rf'>>().not.toExtend<SensorRef<'camera'>>()
  })
})

describe('starting a session', () => {
  const frozen: ClockSource = { resolutionNs: 1n, monotonicNs: () => 77n, utcNs: () => 1_700_000_000_000_000_000n }

  test('writes two clocks', async () => {
    const { peer } = await setUp()
    const session = await peer.startSession()
    const store = new RegistryStore(peer.storage)
    const common = { peerId: peer.peerId, sessionId: session.sessionId, unit: 'ns', scope: 'device-local' }
    expect(await store.get('clock', session.monotonicClock)).toMatchObject({
      ...{ ...common, clockId: `${peer.peerId}/${session.sessionId}/monotonic` },
      ...{ type: 'monotonic_clock', monotonic: true, epoch: null }
    })
    expect(await store.get('clock', session.utcClock)).toMatchObject({
      ...{ ...common, clockId: `${peer.peerId}/${session.sessionId}/utc` },
      ...{ type: 'utc_clock', monotonic: false, epoch: '1970-01-01T00:00:00Z' }
    })
    expect(await store.list('clock')).toEqual([session.monotonicClock, session.utcClock])
    expect({ id: session.clock.id, hash: session.clock.hash, peerId: peer.peerId }).toEqual(session.monotonicClock)
  })

  test('makes one clock that starts near zero', async () => {
    let monotonicNs = 1_000_000n
    const clockSource = { ...frozen, monotonicNs: () => monotonicNs }
    const session = await new Peer({ peerId: 'p', appId: 'a', clockSource }).startSession()
    expect(session.clock.nowNs()).toBe(0n)
    monotonicNs += 5n
    expect(session.clock.nowNs()).toBe(5n)
    expect(session.clock.utcNowNs()).toBe(1_700_000_000_000_000_000n)
  })

  test('gives it a fresh ULID', async () => {
    const { peer } = await setUp()
    const [a, b] = [await peer.startSession(), await peer.startSession()]
    expect(a.sessionId).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
    expect(a.sessionId).not.toBe(b.sessionId)
  })

  test.each([
    [1_700_000_000_000_000_000n, '01HF7YAT00'],
    [0n, '0000000001']
  ])('takes the time of the id from the clock it was given: %s', async (utcNs, time) => {
    const start = () =>
      new Peer({ peerId: 'p', appId: 'a', clockSource: { ...frozen, utcNs: () => utcNs }, random: () => 0 }).startSession()
    expect((await start()).sessionId).toBe(`${time}${'0'.repeat(16)}`)
    expect((await start()).monotonicClock).toEqual((await start()).monotonicClock)
  })

  test('needs a peer id that can be part of a clock id and of a path', async () => {
    const start = (peerId: string) => new Peer({ peerId, appId: 'a' }).startSession()
    await expect(start('a b')).rejects.toMatchObject({ code: 'invalid-id' })
    await expect(start('..')).rejects.toMatchObject({ code: 'invalid-path' })
  })
})

test('a session registers clocks of its own', async () => {
  const { peer } = await setUp()
  const session = await peer.startSession()
  const body = { type: 'monotonic_clock', unit: 'milliseconds', monotonic: true, epoch: null, scope: 'device-local' } as const
  const ref = await session.registerClock('sensor-board', body)
  const entry = await peer.registryStore.get('clock', ref)
  expect(entry).toMatchObject({ ...body, peerId: peer.peerId, sessionId: session.sessionId, clockId: 'sensor-board' })
  expect(ref).toEqual({ peerId: peer.peerId, id: 'sensor-board', hash: contentHash(bytesOf(entry!.canonicalJson)) })
  await expect(session.registerClock('a>b', body)).rejects.toMatchObject({ code: 'invalid-id' })
  await session.end()
  await expect(session.registerClock('c', body)).rejects.toMatchObject({ code: 'session-ended' })
})

test('two peers can share a storage', async () => {
  const storage = memoryStorage()
  const [a, b] = ['a', 'b'].map((peerId) => new Peer({ peerId, appId: 'x', storage }))
  const frame = await a!.registerFrame('f', rosBody)
  await b!.registerSensor('s', rf(frame))
  expect(await b!.registryStore.list('sensor')).toEqual(b!.registries.list('sensor'))
  expect(b!.registries.frame('f')).toBeUndefined()
})

test('a peer made with an identity has its id; an app id need not be given', async () => {
  const identity = PeerIdentity.fromSeed(new Uint8Array(32).fill(1))
  expect(new Peer({ identity })).toMatchObject({ identity, peerId: identity.peerId, appId: 'app' })
  expect(new Peer({ identity, appId: 'robot' }).appId).toBe('robot')
  expect(new Peer({ peerId: 'p', appId: 'a' }).identity).toBeUndefined()
  expect((await new Peer({ identity }).startSession()).peerId).toBe(identity.peerId)
})
