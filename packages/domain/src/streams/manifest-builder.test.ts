import { contentHash } from '@auki/canonical'
import {
  bytesOf,
  encodeEntry,
  memoryStorage,
  type RegistryRef,
  RegistryStore,
  registryPath,
  rosBody,
  type Storage,
  StorageError
} from '@auki/registry'
import { describe, expect, test } from 'vitest'
import { BuildStreamManifestError } from '../errors.ts'
import { StreamManifestBuilder } from './manifest-builder.ts'

type Code = BuildStreamManifestError['code']

const clock = { peerId: 'p', id: 'p/s/monotonic', hash: 'not looked up' }
const body = { type: 'x', peerId: 'p' }
const cameraBody = {
  kind: 'camera',
  width: 1,
  height: 1,
  frameRateHz: 1,
  pixelFormat: '',
  colorSpace: '',
  intrinsicsModel: '',
  distortionModel: ''
} as const

/** A store with a frame, and a way to register sensors in it. */
async function setUp() {
  const storage = memoryStorage()
  const store = new RegistryStore(storage)
  const { ref: frame } = await store.put('frame', { ...rosBody, peerId: 'p', frameId: 'optical' })
  const camera = async (of = frame) => (await store.put('sensor', { ...cameraBody, ...body, sensorId: 'cam', frame: of })).ref
  /** As only a store of another make has it. */
  const foreign = async (of: RegistryRef) => {
    const bytes = bytesOf(encodeEntry('sensor', { ...cameraBody, ...body, sensorId: 'cam', frame: of }))
    const ref = { peerId: 'p', id: 'cam', hash: contentHash(bytes) }
    await storage.write(registryPath('sensor', ref), bytes)
    return ref
  }
  return { storage, store, frame, camera, foreign }
}

describe('a manifest from the registry', () => {
  test('names the sensor, the clock as it is given, and the frame of a camera and of a rangefinder', async () => {
    const { store, frame, camera } = await setUp()
    const rangefinder = { kind: 'rangefinder', fields: [], pointStep: 1, isBigendian: false, frameRateHz: 1 } as const
    const { ref: lidar } = await store.put('sensor', { ...rangefinder, ...body, sensorId: 'lidar', frame })
    for (const sensor of [await camera(), lidar]) {
      expect(await StreamManifestBuilder.fromRegistry(store, sensor, clock)).toEqual({
        ...{ sensorId: sensor.id, sensorHash: sensor.hash, clockId: clock.id, clockHash: clock.hash, resourceId: sensor.id },
        ...{ frameId: frame.id, frameHash: frame.hash, payload: '', fromFrameId: '', fromFrameHash: '', toFrameId: '', toFrameHash: '' },
        ...{ writerMode: '', expectedRateHz: 0 }
      })
    }
  })

  test('names no frame of any other sensor', async () => {
    const { store, frame } = await setUp()
    const { ref } = await store.put('sensor', { kind: 'rf', ...body, sensorId: 'wifi', frame })
    expect(await StreamManifestBuilder.fromRegistry(store, ref, clock)).toMatchObject({ sensorId: 'wifi', frameId: '', frameHash: '' })
  })

  /** Each failure: what is broken, and which entry the error names. */
  const failures: Record<
    Code,
    (
      scene: Awaited<ReturnType<typeof setUp>>
    ) => Promise<{ storage?: Storage; sensor: Parameters<typeof StreamManifestBuilder.fromRegistry>[1]; id?: string }>
  > = {
    'sensor-entry-missing': async ({ camera }) => ({ sensor: { ...(await camera()), hash: '0'.repeat(32) } }),
    'frame-id-missing': async ({ foreign, frame }) => ({ sensor: await foreign({ ...frame, id: '' }) }),
    'frame-hash-missing': async ({ foreign, frame }) => ({ sensor: await foreign({ ...frame, hash: '' }) }),
    'frame-entry-missing': async ({ storage, camera, frame }) => {
      const sensor = await camera()
      await storage.remove(registryPath('frame', frame))
      return { sensor, id: 'optical' }
    },
    registry: async ({ storage, camera, frame }) => {
      const sensor = await camera()
      await storage.write(registryPath('frame', frame), new Uint8Array(3))
      return { sensor, id: 'optical' }
    },
    io: async ({ storage, camera }) => {
      const sensor = await camera()
      const read = () => Promise.reject(new StorageError('io', 'the disk is gone', {}))
      return { sensor, storage: Object.assign(Object.create(storage), { read, readRange: read }) }
    }
  }

  test.each(Object.entries(failures))('fails: %s', async (code, broken) => {
    const scene = await setUp()
    const { storage = scene.storage, sensor, id = 'cam' } = await broken(scene)
    const building = StreamManifestBuilder.fromRegistry(new RegistryStore(storage), sensor, clock)
    await expect(building).rejects.toBeInstanceOf(BuildStreamManifestError)
    await expect(building).rejects.toMatchObject({ code, details: { id } })
  })
})
