/**
 * Entries as text and back.
 *
 * An entry of a newer version may have fields we do not know, and they are part of its hash. So the text that an entry was read from is kept with it, and
 * `encodeEntry` writes that text again unless a field we know was changed.
 */
import { canonicalText, parseJson, reasonOf } from '@auki/canonical'
import type { Entry, RegistryEntries } from './entries.ts'
import { RegistryError } from './errors.ts'
import type { RegistryKind } from './refs.ts'
import { entrySchemas } from './schemas.ts'
import { fromWire, toWire } from './wire.ts'

/** Decode an entry of a kind from JSON text. @throws RegistryError `json` when it is not JSON or not such an entry. */
export function decodeEntry<K extends RegistryKind>(kind: K, text: string): Entry<K> {
  try {
    refuseLoneSurrogates(text)
    return Object.assign(fromWire(entrySchemas[kind], text) as object, { canonicalJson: text }) as Entry<K>
  } catch (cause) {
    throw new RegistryError('json', `json: not a ${kind} entry: ${reasonOf(cause)}`, { kind }, { cause })
  }
}

/**
 * The canonical JSON text of an entry; its content hash is the entry's version.
 *
 * An entry that was read and not changed is written as the text it was read from. @throws RegistryError `json` when a field is missing or out of range.
 */
export function encodeEntry<K extends RegistryKind>(kind: K, entry: RegistryEntries[K] | Entry<K>): string {
  const text = encodeKnown(kind, entry)
  if (!('canonicalJson' in entry)) return text
  return encodeKnown(kind, decodeEntry(kind, entry.canonicalJson) as RegistryEntries[K]) === text ? entry.canonicalJson : text
}

function encodeKnown<K extends RegistryKind>(kind: K, entry: RegistryEntries[K]): string {
  try {
    return toWire(entrySchemas[kind], entry as never)
  } catch (cause) {
    throw new RegistryError('json', `json: not a ${kind} entry: ${reasonOf(cause)}`, { kind }, { cause })
  }
}

// Looks at the whole text, not only at the fields we know, since all of it is hashed.
function refuseLoneSurrogates(text: string): void {
  if (!text.isWellFormed() || /\\u[dD][89a-fA-F]/.test(text)) canonicalText(parseJson(text, { integers: 'bigint' }))
}

/** The id an entry of a kind has: `sensorId`, `clockId`, `frameId` or `detectorId`. */
export function entryId<K extends RegistryKind>(kind: K, entry: RegistryEntries[K]): string {
  return (entry as unknown as Record<string, string>)[`${kind}Id`]!
}
