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
  await cast.register(recorded)
  const [row] = catalogOf(peer, session)
  expect(row).toMatchObject({ sourcePeerId: 'player', writerPeerId: 'player', resourceId: 'radio', variant: 'sensor_log' })
  const refs = refsOfRow(row!)
  expect(refs.map(({ ref }) => ref.peerId)).toEqual(['player', 'player', 'player'])
  for (const { kind, ref } of refs) expect(await peer.registryStore.get(kind, ref as RegistryRef)).toBeDefined()
  expect(refs[1]!.ref.id).toBe(refsOfRow(recorded.row)[1]!.ref.id)
})

test('two peers of a recording may have a sensor of one name', async () => {
  const { peer, session, cast } = await player()
  for (const source of ['robot', 'phone']) await cast.register(await radioOf(source))
  expect(catalogOf(peer, session).map(({ resourceId }) => resourceId)).toEqual(['radio', 'phone/radio'])
})

test('a sensor whose frame is not in the recording cannot be played', async () => {
  const { cast } = await player()
  await expect(cast.register(await radioOf('robot', false))).rejects.toThrow('references missing frame')
  const { row } = await radioOf('robot')
  await expect(cast.register({ row, registry: [] })).rejects.toThrow('nothing is known of the sensor of "radio"')
})
