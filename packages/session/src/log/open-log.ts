import { type AbortOptions, abortable } from '@auki/canonical'
import type { PayloadKind, PayloadOf } from '@auki/datatypes'
import { RegistryError, RegistryStore, type SensorKind, type Storage } from '@auki/registry'
import { ioError } from '../errors.ts'
import type { LogAvailable, LogExtent } from '../resource-entry.ts'
import { historyRange } from './log-cursor.ts'
import { entriesOf } from './log-entries.ts'
import type { Entry } from './log-entry.ts'
import type { ReadOptions } from './log-handle.ts'
import type { LogManifest } from './manifest.ts'
import { payloadKindOf } from './payload-kind.ts'
import { Recording } from './recording.ts'
import { damageOf, type LogDamage, readable, scanSegments } from './scan.ts'
import { readManifest } from './stored-manifest.ts'

interface ReaderOf<K extends PayloadKind> {
  /** What the entries hold; `bytes` also when the registry entry that says it is not in the storage. */
  readonly kind: K
  readonly manifest: LogManifest
  /** What there was when the log was opened. */
  readonly available: LogAvailable
  /** Smallest and largest timestamp; `undefined` when there is no entry. */
  readonly extent: LogExtent | undefined
  /** What was wrong with the files when the log was opened, as far as it can be told without reading payloads. Reading fails where entries are damaged. */
  readonly damage: readonly LogDamage[]
  /** The entries there were when the log was opened, in the order of the log; default from the start. @throws LogError `io`, `format` while iterating. */
  read(options?: ReadOptions): AsyncIterable<Entry<PayloadOf<K>>>
}

/** A recording, as it was when it was opened; `kind` narrows what its entries hold. */
export type LogReader = { [K in PayloadKind]: ReaderOf<K> }[PayloadKind]

/**
 * Open a recording to read it: one of an earlier session, one set aside under `archive/`, or one that somebody else is writing.
 *
 * @param directory - relative to the storage, for instance `logs/<source peer id>/<resource id>`
 * @throws LogError `manifest` when there is no readable manifest, `io`; StorageError `invalid-path`.
 */
export async function openLog(storage: Storage, directory: string, { signal }: AbortOptions = {}): Promise<LogReader> {
  signal?.throwIfAborted()
  const { manifest, kind, segments, damage } = await abortable(find(storage, directory), signal)
  const recording = new Recording(storage, segments)
  recording.ended = true
  const { available, extent } = segments
  const read = ({ from = 'from_start', signal }: ReadOptions = {}) =>
    entriesOf({ recording, range: historyRange(recording, from), kind, signal })
  return { kind, manifest, available, extent, damage, read } as LogReader
}

async function find(storage: Storage, directory: string) {
  try {
    const manifest = await readManifest(storage, directory)
    const kind = payloadKindOf(manifest, await sensorKindOf(storage, manifest))
    const { segmentDurationNs, sessionId } = manifest
    const scanned = await scanSegments({ storage, directory, segmentDurationNs, sessionId })
    return { manifest, kind, segments: readable(scanned), damage: damageOf(scanned, 'reader') }
  } catch (cause) {
    throw ioError(cause, { directory })
  }
}

// Only the registry entry says what the bytes of a sensor are.
async function sensorKindOf(storage: Storage, manifest: LogManifest): Promise<SensorKind | undefined> {
  if (manifest.variant !== 'sensor_log') return undefined
  try {
    return (await new RegistryStore(storage).get('sensor', manifest.sensor))?.kind
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'io') throw error
    return undefined
  }
}
