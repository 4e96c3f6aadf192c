/**
 * # @auki/registry
 *
 * What sensors, clocks, frames and detectors are: entries filed under their content hash, and the port to the disk they are on.
 *
 * ```ts
 * const store = new RegistryStore(memoryStorage()) // or fileStorage('data') of '@auki/registry/node'
 * const { ref: frame } = await store.put('frame', { ...rosBody, peerId: 'me', frameId: 'base_link' })
 * const { ref } = await store.put('sensor', { kind: 'rf', type: 'wifi', frame, peerId: 'me', sensorId: 'wifi' })
 * const entry = await store.get('sensor', ref) // hashed again: it is what was put, or this throws
 * console.log(ref.hash, entry?.type, await store.list('sensor'))
 * ```
 *
 * Where to read on:
 *
 * 1. `entries.ts`, `refs.ts`: what the four kinds of entry hold, and how one is named.
 * 2. `store.ts`: the registry; `verify.ts`: the one check behind every entry that is read or fetched.
 * 3. `codec.ts`, `schemas.ts`, `wire.ts`: entries as canonical JSON and back. `id-rule.ts`, `frames.ts`, `paths.ts`: what is refused.
 * 4. `storage.ts`: the port; `memory-storage.ts` and, for Node, `file-storage.ts`: its two adapters.
 *
 * @packageDocumentation
 */
export { decodeEntry, encodeEntry, entryId } from './codec.ts'
export type {
  AxisDirection,
  ClockBody,
  ClockRegistryEntry,
  DetectorBody,
  DetectorRegistryEntry,
  Entry,
  FrameAxes,
  FrameBody,
  FrameRegistryEntry,
  PointDatatype,
  PointField,
  RegistryEntries,
  SensorBody,
  SensorRegistryEntry
} from './entries.ts'
export { RegistryError, type RegistryErrorCode, StorageError, type StorageErrorCode } from './errors.ts'
export { checkAxes, opengl, rosBody, rosOptical, unity } from './frames.ts'
export { checkRegistryId } from './id-rule.ts'
export { memoryStorage } from './memory-storage.ts'
export { checkPath, pathSegment, registryPath } from './paths.ts'
export { type RegistryKind, type RegistryRef, type SensorKind, type SensorRef, sameRef } from './refs.ts'
export type { AppendFile, ReadFile, Storage } from './storage.ts'
export { RegistryStore, type RegistryStoreOptions, type SkippedFile } from './store.ts'
export { verifyEntry } from './verify.ts'
export { bytesOf, type Camelized, fromWire, refSchema, ShapeError, snakeCase, textOf, toWire, u32 } from './wire.ts'
