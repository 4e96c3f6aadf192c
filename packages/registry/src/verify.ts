/** Whether an entry is the one that was asked for: the one check behind every read and every fetch. */
import { contentHash, reasonOf } from '@auki/canonical'
import { decodeEntry, entryId } from './codec.ts'
import type { Entry, RegistryEntries } from './entries.ts'
import { RegistryError } from './errors.ts'
import { registryPath } from './paths.ts'
import type { RegistryKind, RegistryRef } from './refs.ts'
import { textOf } from './wire.ts'

/**
 * Decode an entry's bytes and make sure that they are what `ref` names.
 *
 * @param bytes as stored or received.
 * @throws RegistryError, the first that applies: `hash-mismatch`, `json`, `peer-mismatch`, `id-mismatch`; a mismatch has `expected` and `found`.
 */
export function verifyEntry<K extends RegistryKind>(kind: K, ref: RegistryRef, bytes: Uint8Array): Entry<K> {
  const hash = contentHash(bytes)
  if (hash !== ref.hash) throw mismatch('hash-mismatch', 'hash', ref.hash, hash)
  const entry = decodeBytes(kind, bytes)
  if (entry.peerId !== ref.peerId) throw mismatch('peer-mismatch', 'peer', ref.peerId, entry.peerId)
  const id = entryId(kind, entry as RegistryEntries[K])
  if (id !== ref.id) throw mismatch('id-mismatch', 'id', ref.id, id)
  return entry
}

/**
 * The reference to what a registry file holds, taken from its content; the path must be the one where that reference is looked for.
 *
 * @throws RegistryError `json`, or `hash-mismatch`, `id-mismatch` when the file lies elsewhere than its content says.
 */
export function readStored(kind: RegistryKind, path: string, bytes: Uint8Array): RegistryRef {
  const hash = contentHash(bytes)
  const named = path.slice(path.lastIndexOf('/') + 1).replace(/\.json$/, '')
  if (hash !== named) throw mismatch('hash-mismatch', 'hash', named, hash)
  const entry = decodeBytes(kind, bytes)
  const ref = { peerId: entry.peerId, id: entryId(kind, entry), hash }
  const proper = registryPath(kind, ref)
  if (path !== proper) throw mismatch('id-mismatch', 'path', path, proper)
  return ref
}

function decodeBytes<K extends RegistryKind>(kind: K, bytes: Uint8Array): Entry<K> {
  let text: string
  try {
    text = textOf(bytes)
  } catch (cause) {
    throw new RegistryError('json', `json: not a ${kind} entry: ${reasonOf(cause)}`, { kind }, { cause })
  }
  return decodeEntry(kind, text)
}

function mismatch(code: 'hash-mismatch' | 'peer-mismatch' | 'id-mismatch', what: string, expected: string, found: string): RegistryError {
  return new RegistryError(code, `${what} mismatch: expected "${expected}", found "${found}"`, { expected, found })
}
