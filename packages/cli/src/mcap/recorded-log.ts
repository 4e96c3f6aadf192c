/** What a file says of a log, so that it can be shown and played again: its catalog row and the registry entries the row leads to. */
import { type Json, parseJson, stringifyJson } from '@auki/canonical'
import type { PayloadKind } from '@auki/datatypes'
import { resources } from '@auki/network/protocols'
import { bytesOf, type Entry, type RegistryKind, type RegistryRef, sameRef, verifyEntry } from '@auki/registry'
import { payloadKindOf, type ResourceEntry } from '@auki/session'

/** A registry entry with the reference that leads to it. */
export type RecordedEntryOf<K extends RegistryKind> = { readonly kind: K; readonly ref: RegistryRef; readonly entry: Entry<K> }
export type RecordedRegistryEntry = { [K in RegistryKind]: RecordedEntryOf<K> }[RegistryKind]

/** A log, as a recording knows it. */
export interface RecordedLog {
  readonly row: ResourceEntry
  /** Sensor logs have at least their sensor's; an entry of a peer that was not there is missing. */
  readonly registry: readonly RecordedRegistryEntry[]
}

/** What makes a log the one that it is, in place of how much there is of it: its ids, its clock, what its entries refer to. */
export function logIdentity({ sourcePeerId, writerPeerId, resourceId, variant, manifest }: ResourceEntry): string {
  return JSON.stringify([sourcePeerId, writerPeerId, resourceId, variant, manifest])
}

/** What the entries of a row's log hold. */
export const kindOfRow = (row: ResourceEntry): PayloadKind => payloadKindOf(row, row.variant === 'sensor_log' ? row.sensor.kind : undefined)

/** The entries that a row leads to; for a sensor log the sensor's comes first. */
export function refsOfRow(row: ResourceEntry): { kind: RegistryKind; ref: RegistryRef }[] {
  switch (row.variant) {
    case 'sensor_log': {
      const { clock, frame } = row.manifest
      return [
        { kind: 'sensor', ref: { peerId: row.sourcePeerId, id: row.sensor.sensorId, hash: row.sensor.sensorHash } },
        { kind: 'clock', ref: clock },
        ...(frame === undefined ? [] : [{ kind: 'frame' as const, ref: frame }])
      ]
    }
    case 'pose_log': {
      const { clock, fromFrame, toFrame } = row.manifest
      return [
        { kind: 'clock', ref: clock },
        { kind: 'frame', ref: fromFrame },
        { kind: 'frame', ref: toFrame }
      ]
    }
    case 'time_transform_log': {
      const { fromClock, toClock } = row.manifest
      return [
        { kind: 'clock', ref: fromClock },
        { kind: 'clock', ref: toClock }
      ]
    }
    case 'detection_log': {
      const { clock, detector } = row.manifest
      return [
        { kind: 'clock', ref: clock },
        { kind: 'detector', ref: detector }
      ]
    }
  }
}

/** The reference to the clock that stamps the entries. */
export function clockOf(row: ResourceEntry): RegistryRef {
  return row.variant === 'time_transform_log' ? row.manifest.fromClock : row.manifest.clock
}

/** The entry that a reference leads to, when the recording has it. */
export function entryOf<K extends RegistryKind>({ registry }: RecordedLog, kind: K, ref: RegistryRef): Entry<K> | undefined {
  return registry.find((one) => one.kind === kind && sameRef(one.ref, ref))?.entry as Entry<K> | undefined
}

/** The sensor that wrote a sensor log. */
export function sensorOf({ registry }: RecordedLog): Entry<'sensor'> | undefined {
  return registry.find((one) => one.kind === 'sensor')?.entry
}

/** Under what name a frame is known in a recording: ids are unique only within their peer. */
export const frameName = ({ peerId, id }: RegistryRef): string => `${peerId}/${id}`

/** The topic of a log. */
export const topicOf = ({ sourcePeerId, resourceId }: ResourceEntry): string => `/${sourcePeerId}/${resourceId}`

/** A log as the metadata of a channel. */
export function logToText({ row, registry }: RecordedLog): { row: string; registry: string } {
  const entries = registry.map(({ kind, ref, entry }) => ({ kind, ...refToJson(ref), json: entry.canonicalJson }))
  return { row: stringifyJson(resources.encodeRow(row)), registry: stringifyJson(entries) }
}

const refToJson = ({ peerId, id, hash }: RegistryRef): { peer_id: string; id: string; hash: string } => ({ peer_id: peerId, id, hash })

/** The log of a channel's metadata. @throws Error when it is none; what it is of goes unsaid. */
export function logFromText(text: { readonly row: string; readonly registry: string }): RecordedLog {
  const row = resources.decodeRow(parseJson(text.row, { integers: 'bigint' }))
  const entries = parseJson(text.registry)
  if (!Array.isArray(entries)) throw new SyntaxError('the metadata of a channel is not that of a log')
  return { row, registry: entries.map(registryEntry) }
}

const kinds: readonly RegistryKind[] = ['sensor', 'clock', 'frame', 'detector']

function registryEntry(json: Json): RecordedRegistryEntry {
  const { kind, peer_id: peerId, id, hash, json: text } = (json ?? {}) as Record<string, Json>
  const known = kinds.find((one) => one === kind)
  if (known === undefined || ![peerId, id, hash, text].every((value) => typeof value === 'string')) {
    throw new SyntaxError('the metadata of a channel has what is no registry entry')
  }
  const ref = { peerId, id, hash } as RegistryRef
  return { kind: known, ref, entry: verifyEntry(known, ref, bytesOf(text as string)) } as RecordedRegistryEntry
}
