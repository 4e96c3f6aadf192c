import { Peer, type RegistryRef, rosBody, type Session } from '@auki/domain'
import { catalogOf } from '@auki/session'
import { expect, test } from 'vitest'
import { type RecordedLog, type RecordedRegistryEntry, refsOfRow } from './mcap/recorded-log.ts'
import { Cast } from './playback.ts'

/** What a recording knows of a radio of that peer. */
async function radioOf(peerId: string, whole = true): Promise<RecordedLog> {
  const peer = new Peer({ peerId, appId: 'test' })
  const session = await peer.startSession()
  const frame = await peer.registerFrame('link', rosBody)
  const sensor = await peer.registerSensor('radio', { kind: 'rf', type: 'wifi', frame })
  await session.registerSensorLog({ sensor, frame, head: { kind: 'fixed' } })
  const [row] = catalogOf(peer, session)
  const entries = refsOfRow(row!).map(async ({ kind, ref }) => ({ kind, ref, entry: await peer.registryStore.get(kind, ref) }))
  const registry = (await Promise.all(entries)) as RecordedRegistryEntry[]
  return { row: row!, registry: whole ? registry : registry.filter(({ kind }) => kind !== 'frame') }
}

async function player(): Promise<{ peer: Peer; session: Session; cast: Cast }> {
  const peer = new Peer({ peerId: 'player', appId: 'test' })
  const session = await peer.startSession()
  return { peer, session, cast: new Cast(peer, session) }
}

test('the logs are the player’s own: its entries, its frames, its clocks', async () => {
  const { peer, session, cast } = await player()
  const recorded = await radioOf('robot')
  await cast.register({ log: recorded, run: 1 })
  const [row] = catalogOf(peer, session)
  expect(row).toMatchObject({ sourcePeerId: 'player', writerPeerId: 'player', resourceId: 'radio', variant: 'sensor_log' })
  const refs = refsOfRow(row!)
  expect(refs.map(({ ref }) => ref.peerId)).toEqual(['player', 'player', 'player'])
  for (const { kind, ref } of refs) expect(await peer.registryStore.get(kind, ref as RegistryRef)).toBeDefined()
  expect(refs[1]!.ref.id).toBe(refsOfRow(recorded.row)[1]!.ref.id)
})

test('two peers of a recording may have a sensor of one name', async () => {
  const { peer, session, cast } = await player()
  for (const source of ['robot', 'phone']) await cast.register({ log: await radioOf(source), run: 1 })
  expect(catalogOf(peer, session).map(({ resourceId }) => resourceId)).toEqual(['radio', 'phone/radio'])
})

test('what a peer had again after a restart is numbered, its poses between frames of their own', async () => {
  const { peer, session, cast } = await player()
  const robot = new Peer({ peerId: 'robot', appId: 'test' })
  const [fromFrame, toFrame] = [await robot.registerFrame('odom', rosBody), await robot.registerFrame('base_link', rosBody)]
  const spec = {
    fromFrame,
    toFrame,
    source: { kind: 'manual' },
    writerMode: 'movable',
    expectedRateHz: 50,
    head: { kind: 'fixed' }
  } as const
  for (const at of [1, 2]) {
    const run = await robot.startSession()
    await run.registerPoseLog(spec)
    const [row] = catalogOf(robot, run)
    const entries = refsOfRow(row!).map(async ({ kind, ref }) => ({ kind, ref, entry: await robot.registryStore.get(kind, ref) }))
    await cast.register({ log: { row: row!, registry: (await Promise.all(entries)) as RecordedRegistryEntry[] }, run: at })
    await cast.register({ log: await radioOf('robot'), run: at })
    await run.end()
  }
  const ids = catalogOf(peer, session).map(({ resourceId }) => resourceId)
  expect(ids).toEqual(['radio', 'radio~2', 'odom->base_link', 'odom~2->base_link~2'])
})

test('a sensor whose frame is not in the recording cannot be played', async () => {
  const { cast } = await player()
  await expect(cast.register({ log: await radioOf('robot', false), run: 1 })).rejects.toThrow('references missing frame')
  const { row } = await radioOf('robot')
  await expect(cast.register({ log: { row, registry: [] }, run: 1 })).rejects.toThrow('nothing is known of the sensor of "radio"')
})
