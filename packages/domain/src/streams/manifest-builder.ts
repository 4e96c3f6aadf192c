import { emptyManifest, type StreamManifest } from '@auki/network'
import { type Entry, RegistryError, type RegistryRef, type RegistryStore, StorageError } from '@auki/registry'
import { BuildStreamManifestError } from '../errors.ts'

/** Manifests for an app's own stream provider. */
export const StreamManifestBuilder = {
  /**
   * The manifest of a sensor's stream, from exactly the entries named: nothing is looked for or guessed. A camera's or a rangefinder's frame must be
   * in the store as well; the clock is taken as it is. The resource is that of the sensor's log.
   *
   * @throws BuildStreamManifestError
   */
  async fromRegistry(store: RegistryStore, sensor: RegistryRef, clock: RegistryRef): Promise<StreamManifest> {
    const entry = await read(store, 'sensor', sensor)
    if (entry === undefined) throw missing('sensor-entry-missing', 'sensor', sensor)
    const named = {
      ...emptyManifest,
      sensorId: sensor.id,
      sensorHash: sensor.hash,
      clockId: clock.id,
      clockHash: clock.hash,
      resourceId: sensor.id
    }
    if (entry.kind !== 'camera' && entry.kind !== 'rangefinder') return named
    const { frame } = entry
    if (frame.id === '') throw incomplete('frame-id-missing', sensor, 'id')
    if (frame.hash === '') throw incomplete('frame-hash-missing', sensor, 'hash')
    if ((await read(store, 'frame', frame)) === undefined) throw missing('frame-entry-missing', 'frame', frame)
    return { ...named, frameId: frame.id, frameHash: frame.hash }
  }
}

async function read<K extends 'sensor' | 'frame'>(store: RegistryStore, kind: K, ref: RegistryRef): Promise<Entry<K> | undefined> {
  try {
    return await store.get(kind, ref)
  } catch (cause) {
    if (!(cause instanceof RegistryError || cause instanceof StorageError)) throw cause
    const code = cause.code === 'io' ? 'io' : 'registry'
    const message = `the ${kind} entry "${ref.id}" could not be read: ${cause.message}`
    throw new BuildStreamManifestError(code, message, { id: ref.id, hash: ref.hash }, { cause })
  }
}

function missing(code: 'sensor-entry-missing' | 'frame-entry-missing', kind: string, { id, hash }: RegistryRef): BuildStreamManifestError {
  return new BuildStreamManifestError(code, `the store has no ${kind} "${id}" with the hash ${hash}: register it first`, { id, hash })
}

function incomplete(code: 'frame-id-missing' | 'frame-hash-missing', { id, hash }: RegistryRef, part: string): BuildStreamManifestError {
  return new BuildStreamManifestError(code, `the sensor "${id}" names a frame without ${part}: register the sensor with a frame`, {
    id,
    hash
  })
}
