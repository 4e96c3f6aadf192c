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
