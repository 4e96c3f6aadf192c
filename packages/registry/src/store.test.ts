import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contentHash } from '@auki/canonical'
import { afterAll, describe, expect, test } from 'vitest'
import type { FrameRegistryEntry, SensorBody, SensorRegistryEntry } from './entries.ts'
import { StorageError } from './errors.ts'
import { fileStorage } from './file-storage.ts'
import { rosBody, unity } from './frames.ts'
import { memoryStorage } from './memory-storage.ts'
import { registryPath } from './paths.ts'
import type { RegistryRef } from './refs.ts'
import type { Storage } from './storage.ts'
import { RegistryStore, type SkippedFile } from './store.ts'

const temporary = await mkdtemp(join(tmpdir(), 'auki-store-'))
afterAll(() => rm(temporary, { recursive: true, force: true }))
let directories = 0

const frame = (frameId: string, peerId = 'p'): FrameRegistryEntry => ({ peerId, frameId, ...rosBody })
const rf = (sensorId: string, on: RegistryRef): SensorRegistryEntry => ({ peerId: 'p', sensorId, kind: 'rf', type: 'wifi', frame: on })
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe.each<[string, () => Storage]>([
  ['memory', memoryStorage],
  [
    'files',
    () => {
      directories += 1
      return fileStorage(join(temporary, String(directories)))
    }
  ]
])('a registry in %s', (_, newStorage) => {
  const set = () => {
    const storage = newStorage()
    const skipped: SkippedFile[] = []
    return { storage, skipped, store: new RegistryStore(storage, { onSkipped: (file) => skipped.push(file) }) }
  }

  test('files an entry once', async () => {
    const { store } = set()
    const { ref, created } = await store.put('frame', frame('f'))
    expect({ created, ref }).toEqual({ created: true, ref: { peerId: 'p', id: 'f', hash: expect.stringMatching(/^[0-9a-f]{32}$/) } })
    expect(await store.put('frame', frame('f'))).toEqual({ ref, created: false })
    expect(await store.get('frame', ref)).toMatchObject(frame('f'))
    expect(await store.get('clock', ref)).toBeUndefined()
  })

  test('files the same entry once when put twice at the same time', async () => {
    const { store } = set()
    await Promise.all([store.put('frame', frame('f')), store.put('frame', frame('f'))])
    expect(await store.list('frame')).toHaveLength(1)
  })

  test('keeps other content under the same id as a sibling', async () => {
    const { store } = set()
    const first = await store.put('frame', frame('f'))
    const second = await store.put('frame', { ...frame('f'), ...unity })
    expect(second.created).toBe(true)
    expect(await store.get('frame', first.ref)).toMatchObject(rosBody)
    expect(await store.get('frame', second.ref)).toMatchObject(unity)
  })

  test('tells a/b and a__b apart though they share a directory', async () => {
    const { store, skipped } = set()
    const { ref } = await store.put('frame', frame('a/b'))
    const { ref: other } = await store.put('frame', frame('a__b'))
    expect(await store.get('frame', ref)).toMatchObject({ frameId: 'a/b' })
    await expect(store.get('frame', { ...ref, id: 'a__b' })).rejects.toMatchObject({ code: 'id-mismatch' })
    expect(await store.list('frame')).toEqual([ref, other])
    expect(skipped).toEqual([])
  })

  test('lists by peer, id and hash', async () => {
    const { store } = set()
    const put = async (entry: FrameRegistryEntry) => (await store.put('frame', entry)).ref
    const refs = [await put(frame('b', 'p/2')), await put(frame('B', 'p__2')), await put(frame('z', 'p')), await put(frame('a', 'p'))]
    const versions = [refs[3]!, await put({ ...frame('a', 'p'), ...unity })].sort((a, b) => (a.hash < b.hash ? -1 : 1))
    expect(await store.list('frame')).toEqual([...versions, refs[2], refs[0], refs[1]])
    expect(await store.list('frame', 'p')).toEqual([...versions, refs[2]])
    expect(await store.list('frame', 'p/2')).toEqual([refs[0]])
    expect(await store.list('sensor')).toEqual([])
  })

  test('leaves out what does not verify, and says so', async () => {
    const { storage, store, skipped } = set()
    const { ref } = await store.put('frame', frame('good'))
    const plant = async (id: string, bytes: Uint8Array, hash = contentHash(bytes)) => {
      await storage.write(`registries/frames/p/${id}/${hash}.json`, bytes)
    }
    await plant('a-corrupted', utf8('{}'), '0'.repeat(32))
    await plant('b-misplaced', (await storage.read(registryPath('frame', ref)))!)
    await plant('c-no-entry', utf8('{"peer_id":"p"}'))
    await plant('d-outside', utf8(JSON.stringify({ peer_id: '..', frame_id: 'd', ...rosBody })))
    await plant('e-stray', utf8('x'), 'notes')
    expect(await store.list('frame')).toEqual([ref])
    expect(skipped.map(({ error }) => (error as StorageError).code)).toEqual([
      'hash-mismatch',
      'id-mismatch',
      'json',
      'invalid-path',
      'hash-mismatch'
    ])
    expect(skipped[1]!.path).toBe(`registries/frames/p/b-misplaced/${ref.hash}.json`)
  })

  test('does not believe a file that was tampered with, and heals it when put again', async () => {
    const { storage, store } = set()
    const { ref } = await store.put('frame', frame('f'))
    await storage.write(registryPath('frame', ref), utf8('{}'))
    await expect(store.get('frame', ref)).rejects.toMatchObject({ code: 'hash-mismatch', details: { expected: ref.hash } })
    expect(await store.put('frame', frame('f'))).toEqual({ ref, created: true })
    expect(await store.get('frame', ref)).toMatchObject(rosBody)
  })

  test('files a foreign entry with what we do not know of it', async () => {
    const { store, storage } = set()
    const text = '{"axes":{"x":"forward","y":"left","z":"up"},"frame_id":"f","handedness":"right","peer_id":"q","units":"meters","x_new":1}'
    const ref = { peerId: 'q', id: 'f', hash: contentHash(utf8(text)) }
    await storage.write(registryPath('frame', ref), utf8(text))
    const elsewhere = set().store
    expect(await elsewhere.put('frame', (await store.get('frame', ref))!)).toEqual({ ref, created: true })
    expect(await elsewhere.get('frame', ref)).toMatchObject({ canonicalJson: text })
  })

  test('does not file a frame with impossible axes', async () => {
    const { store, storage } = set()
    const bad = { ...frame('f'), axes: { x: 'up', y: 'down', z: 'left' } } as const
    await expect(store.put('frame', bad)).rejects.toMatchObject({ code: 'invalid-axes' })
    expect(await storage.list('registries')).toEqual([])
  })

  test('needs the frame of a sensor, whoever owns it', async () => {
    const { store, storage } = set()
    const { ref } = await store.put('frame', frame('f', 'somebody'))
    await storage.write(registryPath('frame', { ...ref, id: 'broken' }), utf8('{}'))
    const missing = [
      { ...ref, hash: '' },
      { ...ref, hash: '0'.repeat(32) },
      { ...ref, id: '' },
      { ...ref, id: 'broken' },
      { ...ref, peerId: 'p' }
    ]
    for (const on of missing) {
      await expect(store.put('sensor', rf('s', on))).rejects.toMatchObject({
        code: 'frame-reference-missing',
        message: `sensor "s" references missing frame ("${on.id}", "${on.hash}")`,
        details: { sensorId: 's', frameId: on.id, frameHash: on.hash }
      })
    }
    expect(await store.list('sensor')).toEqual([])
    expect(await store.put('sensor', rf('s', ref))).toMatchObject({ created: true })
  })

  test('keeps ids and hashes out of the rest of the disk', async () => {
    const { store } = set()
    const hash = '0'.repeat(32)
    await expect(store.put('frame', frame('..'))).rejects.toMatchObject({ code: 'invalid-path' })
    await expect(store.get('frame', { peerId: '..', id: 'f', hash })).rejects.toMatchObject({ code: 'invalid-path' })
    await expect(store.get('frame', { peerId: 'p', id: 'f', hash: '../../secret' })).rejects.toMatchObject({ code: 'invalid-hash' })
    await expect(store.list('frame', '..')).rejects.toMatchObject({ code: 'invalid-path' })
  })

  test('stops when told to', async () => {
    const { store, storage } = set()
    const options = { signal: AbortSignal.abort(new Error('stop')) }
    const { ref } = await store.put('frame', frame('f'))
    await expect(store.put('frame', frame('g'), options)).rejects.toThrow('stop')
    await expect(store.get('frame', ref, options)).rejects.toThrow('stop')
    await expect(store.list('frame', undefined, options)).rejects.toThrow('stop')
    expect(await storage.list('registries')).toHaveLength(1)
  })
})

test('says when the disk fails, instead of taking it for a missing entry', async () => {
  const broken = new StorageError('io', 'cannot reach "x": EIO', { path: 'x' })
  const storage = Object.assign(memoryStorage(), { read: () => Promise.reject(broken) })
  const store = new RegistryStore(storage)
  const ref = { peerId: 'p', id: 'f', hash: '0'.repeat(32) }
  const io = { code: 'io', message: 'io: cannot reach "x": EIO', cause: broken }
  await expect(store.get('frame', ref)).rejects.toMatchObject(io)
  await expect(store.put('frame', frame('f'))).rejects.toMatchObject(io)
  await expect(store.put('sensor', rf('s', ref))).rejects.toMatchObject(io)
})

test('a sensor body without its frame is refused, not crashed on', async () => {
  const { frame: _, ...body } = rf('s', { peerId: 'p', id: 'f', hash: '0'.repeat(32) }) as SensorBody<'rf'>
  await expect(new RegistryStore(memoryStorage()).put('sensor', body as never)).rejects.toMatchObject({ code: 'json' })
})
