import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesOf, memoryStorage, type RegistryRef, type Storage, textOf } from '@auki/registry'
import { fileStorage } from '@auki/registry/node'
import { afterAll, describe, expect, test } from 'vitest'
import { Peer } from '../peer.ts'
import type { Session } from '../session.ts'
import { encodeSegmentHeader } from './aklg.ts'
import type { PoseLogSpec } from './log-specs.ts'
import { decodeManifest } from './manifest-codec.ts'

const temporary = await mkdtemp(join(tmpdir(), 'auki-earlier-'))
afterAll(() => rm(temporary, { recursive: true, force: true }))
let directories = 0

const directory = 'logs/p/cam/a->b'
const segment = `${directory}/segments/00000000000000000000.seg`
// A segment with one entry that says whose it is.
const segmentOf = (text: string) => Uint8Array.of(...encodeSegmentHeader(0n), ...new Uint8Array(8), text.length, 0, 0, 0, ...bytesOf(text))
const ref = (id: string): RegistryRef => ({ peerId: 'p', id, hash: '0'.repeat(32) })

describe.each<[string, () => Storage]>([
  ['memory', memoryStorage],
  [
    'files',
    () => {
      directories += 1
      return fileStorage(join(temporary, String(directories)))
    }
  ]
])('a log over an earlier recording, in %s', (_, newStorage) => {
  const setUp = () => {
    const storage = newStorage()
    const start = async (appId = 'demo') => new Peer({ peerId: 'p', appId, storage }).startSession()
    const register = (session: Session, change: Partial<PoseLogSpec> = {}) =>
      session.registerPoseLog({
        ...{ fromFrame: ref('cam/a'), toFrame: ref('b'), clock: session.utcClock, source: { kind: 'manual' }, writerMode: 'rigid' },
        ...{ expectedRateHz: 0, head: { kind: 'rolling', retentionNs: 2n ** 60n }, ...change }
      })
    // Registers a log, plants a segment in it, and ends the session.
    const record = async (change: Partial<PoseLogSpec> = {}) => {
      const session = await start()
      const log = await register(session, change)
      await storage.write(segment, segmentOf(session.sessionId))
      await session.end()
      return { sessionId: session.sessionId, manifest: log.manifest }
    }
    const manifest = async (path: string) => decodeManifest(textOf((await storage.read(`${path}/manifest.json`))!))
    const files = async () => [...(await storage.list('archive')), ...(await storage.list('logs'))]
    return { storage, start, register, record, manifest, files }
  }

  test('goes on with the same log on a UTC clock, in another session of another app, with another retention', async () => {
    const { start, register, record, manifest, files } = setUp()
    await record()
    const session = await start('another')
    const log = await register(session, { head: { kind: 'rolling', retentionNs: 3n }, segmentDurationNs: 2n ** 60n / 10n })
    expect(await files()).toEqual([`${directory}/manifest.json`, segment])
    expect(await manifest(directory)).toEqual(log.manifest)
    expect(log.manifest).toMatchObject({ sessionId: session.sessionId, appId: 'another', retentionNs: 3n, clock: session.utcClock })
  })

  test.each<[string, (session: Session) => Partial<PoseLogSpec>]>([
    ['a monotonic clock, which starts anew', (session) => ({ clock: session.monotonicClock })],
    ['another source', () => ({ source: { kind: 'ros2_tf', publishers: [] } })],
    ['another rate', () => ({ expectedRateHz: 1 })],
    ['another writer mode', () => ({ writerMode: 'movable' })],
    ['another version of a frame', () => ({ toFrame: { ...ref('b'), hash: '1'.repeat(32) } })],
    ['windows a nanosecond longer', () => ({ segmentDurationNs: 2n ** 60n / 10n + 1n })],
    ['a clock whose entry is not there', () => ({ clock: ref('utc') })]
  ])('sets it aside over %s', async (_, change) => {
    const { storage, start, register, record, manifest, files } = setUp()
    const earlier = await record()
    const session = await start()
    const log = await register(session, change(session))
    const archive = `archive/${earlier.sessionId}/p/cam/a->b`
    expect(await files()).toEqual([
      `${archive}/manifest.json`,
      `${archive}/segments/00000000000000000000.seg`,
      `${directory}/manifest.json`
    ])
    expect(await manifest(archive)).toEqual(earlier.manifest)
    expect(await manifest(directory)).toEqual(log.manifest)
    expect(await storage.read(`${archive}/segments/00000000000000000000.seg`)).toEqual(segmentOf(earlier.sessionId))
  })

  test('sets it aside when both are on monotonic clocks', async () => {
    const { storage, start, register } = setUp()
    const first = await start()
    await register(first, { clock: first.monotonicClock })
    await first.end()
    const second = await start()
    await register(second, { clock: second.monotonicClock })
    expect(await storage.list('archive')).toEqual([`archive/${first.sessionId}/p/cam/a->b/manifest.json`])
  })

  test('goes on with the very same clock, whatever it is', async () => {
    const { start, register, record, storage } = setUp()
    const clock = { ...ref('gps'), peerId: 'elsewhere' }
    await record({ clock })
    await register(await start(), { clock })
    expect(await storage.list('archive')).toEqual([])
  })

  test('does not take UTC clocks of another unit for the same', async () => {
    const { start, register, record, storage } = setUp()
    await record()
    const session = await start()
    const utc = { type: 'utc_clock', monotonic: false, epoch: '1970-01-01T00:00:00Z', scope: 'device-local' } as const
    await register(session, { clock: await session.registerClock('ms', { ...utc, unit: 'ms' }) })
    expect(await storage.list('archive')).toHaveLength(2)
  })

  test('finds another name when one is taken', async () => {
    const { storage, start, register, record } = setUp()
    const { sessionId } = await record()
    await storage.write(`archive/${sessionId}/p/cam/a->b/manifest.json`, bytesOf('x'))
    await storage.write(`archive/${sessionId}~1/p/cam/a->b/segments/1.seg`, bytesOf('x'))
    await storage.write(`archive/${sessionId}~2/p/cam/a->b/nested/manifest.json`, bytesOf('x'))
    await register(await start(), { expectedRateHz: 1 })
    const archive = `archive/${sessionId}~2/p/cam/a->b`
    expect(await storage.list(archive)).toEqual([
      `${archive}/manifest.json`,
      `${archive}/nested/manifest.json`,
      `${archive}/segments/00000000000000000000.seg`
    ])
  })

  test('deletes it when asked to', async () => {
    const { start, register, record, files } = setUp()
    await record()
    await register(await start(), { expectedRateHz: 1, earlier: 'delete' })
    expect(await files()).toEqual([`${directory}/manifest.json`])
  })

  test('does not delete what it can go on with', async () => {
    const { start, register, record, files } = setUp()
    await record()
    await register(await start(), { earlier: 'delete' })
    expect(await files()).toEqual([`${directory}/manifest.json`, segment])
  })

  test.each([
    ['no manifest', undefined],
    ['a manifest that is no JSON', '{'],
    ['a manifest of no kind of log', '{"x":1}'],
    ['an invalid manifest', '']
  ])('does not touch segments with %s', async (name, text) => {
    const { storage, start, register, record, files } = setUp()
    await record()
    const valid = textOf((await storage.read(`${directory}/manifest.json`))!)
    await storage.remove(`${directory}/manifest.json`)
    const broken = name === 'an invalid manifest' ? valid.replace(/"session_id":"[^"]*"/, '"session_id":""') : text
    if (broken !== undefined) await storage.write(`${directory}/manifest.json`, bytesOf(broken))
    const before = await files()
    for (const earlier of ['archive', 'delete'] as const) {
      await expect(register(await start(), { earlier })).rejects.toMatchObject({
        code: 'log',
        message: expect.stringMatching(/^log: manifest: "logs\/p\/cam\/a->b" has segments but no readable manifest/),
        cause: { code: 'manifest' }
      })
    }
    expect(await files()).toEqual(before)
  })

  test('starts empty over an unreadable manifest without segments', async () => {
    const { storage, start, register, manifest } = setUp()
    await storage.write(`${directory}/manifest.json`, bytesOf('{'))
    await storage.write(`${directory}/segments/notes.txt`, bytesOf('x'))
    const log = await register(await start())
    expect(await manifest(directory)).toEqual(log.manifest)
    expect(await storage.list('archive')).toEqual([])
  })

  test('does not follow a session id out of the archive', async () => {
    const { storage, start, register, record, files } = setUp()
    await record()
    const text = textOf((await storage.read(`${directory}/manifest.json`))!)
    await storage.write(`${directory}/manifest.json`, bytesOf(text.replace(/"session_id":"[^"]*"/, '"session_id":"../../x"')))
    const before = await files()
    await expect(register(await start(), { expectedRateHz: 1 })).rejects.toMatchObject({ code: 'invalid-path' })
    expect(await files()).toEqual(before)
  })

  test('leaves a log nested in its directory alone', async () => {
    const { start, register, record, storage } = setUp()
    await record()
    const session = await start()
    const nested = await register(session, { toFrame: ref('b/c') })
    await register(session, { expectedRateHz: 1 })
    expect(await storage.list(`logs/p/${nested.resourceId}`)).toEqual([`logs/p/${nested.resourceId}/manifest.json`])
  })
})

test('two storages over the same files do not open one log twice', async () => {
  const start = (root: string) => new Peer({ peerId: 'p', appId: 'a', storage: fileStorage(join(temporary, root)) }).startSession()
  const register = (session: Session) =>
    session.registerTimeTransformLog({
      fromClock: ref('a'),
      toClock: ref('b'),
      source: { kind: 'local_clock_read' },
      head: { kind: 'fixed' }
    })
  const first = await start('shared')
  await register(first)
  await expect(start('shared').then(register)).rejects.toMatchObject({ code: 'duplicate-log' })
  await expect(start('another').then(register)).resolves.toMatchObject({ state: 'live' })
  await first.end()
  await expect(start('shared').then(register)).resolves.toMatchObject({ state: 'live' })
})

test.each([
  ['after the manifest was copied', 'rename'],
  ['after the segments were moved', 'remove']
] as const)('a crash %s loses nothing', async (_, step) => {
  const storage = memoryStorage()
  const start = () => new Peer({ peerId: 'p', appId: 'a', storage }).startSession()
  const register = (session: Session) =>
    session.registerPoseLog({
      ...{
        fromFrame: ref('cam/a'),
        toFrame: ref('b'),
        source: { kind: 'manual' },
        writerMode: 'rigid',
        expectedRateHz: 0,
        head: { kind: 'fixed' }
      }
    })
  const first = await start()
  await register(first)
  await storage.write(segment, bytesOf('data'))
  await first.end()
  const whole = storage[step]
  storage[step] = () => Promise.reject(new Error('crash'))
  await expect(register(await start())).rejects.toThrow()
  storage[step] = whole as never
  await register(await start())
  const archived = await storage.list('archive')
  expect(archived.filter((path) => path.endsWith('.seg'))).toHaveLength(1)
  const owner = archived.find((path) => path.endsWith('.seg'))!.replace(/segments\/.*$/, 'manifest.json')
  expect(decodeManifest(textOf((await storage.read(owner))!))).toMatchObject({ sessionId: first.sessionId })
})
