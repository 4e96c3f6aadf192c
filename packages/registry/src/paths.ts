/**
 * Paths within a storage.
 *
 * Ids and hashes come from users and from remote peers, and become parts of paths. Ids may hold nearly any character; a path is refused when it would lead
 * out of the storage, or when a file system could not hold it.
 */
import { StorageError } from './errors.ts'
import { segmentBytesMax } from './limits.ts'
import type { RegistryKind, RegistryRef } from './refs.ts'

const utf8 = new TextEncoder()
const hashForm = /^[0-9a-f]{32}$/
const directories: Readonly<Record<RegistryKind, string>> = { sensor: 'sensors', clock: 'clocks', frame: 'frames', detector: 'detectors' }

/**
 * Returns the path.
 *
 * @throws StorageError `invalid-path` when a segment is empty, `.`, `..` or longer than 255 bytes of UTF-8, or there is a `\`, a NUL or a drive prefix.
 */
export function checkPath(path: string): string {
  const reason = whyRefused(path)
  if (reason === undefined) return path
  throw new StorageError('invalid-path', `invalid path ${JSON.stringify(path)}: ${reason}`, { path, reason })
}

function whyRefused(path: string): string | undefined {
  if (path.includes('\0')) return 'it contains a NUL'
  if (path.includes('\\')) return 'it contains a backslash'
  if (/^[A-Za-z]:/.test(path)) return 'it begins with a drive'
  const segments = path.split('/')
  const bad = segments.find((segment) => segment === '' || segment === '.' || segment === '..')
  if (bad !== undefined) return `it has the segment "${bad}"`
  const long = segments.find((segment) => utf8.encode(segment).length > segmentBytesMax)
  return long === undefined
    ? undefined
    : `a segment has ${utf8.encode(long).length} bytes, at most ${segmentBytesMax} can be a file name: use a shorter id`
}

/** A name as one path segment: every `/` becomes `__`. Not reversible, so identity always comes from a file's content. */
export function pathSegment(name: string): string {
  return name.replaceAll('/', '__')
}

/** Whether the last segment is the temporary name of an unfinished write. */
export function isTemporary(path: string): boolean {
  return /(^|\/)\.[^/]*\.tmp$/.test(path)
}

/** Where the entries of a kind are, or those of one peer. @throws StorageError `invalid-path`. */
export function registryDirectory(kind: RegistryKind, peerId?: string): string {
  const directory = `registries/${directories[kind]}`
  return peerId === undefined ? directory : checkPath(`${directory}/${pathSegment(peerId)}`)
}

/** Where an entry is. @throws StorageError `invalid-hash` unless the hash is 32 lower-case hex digits, `invalid-path` when an id is no path segment. */
export function registryPath(kind: RegistryKind, ref: RegistryRef): string {
  if (!hashForm.test(ref.hash)) {
    throw new StorageError('invalid-hash', `invalid hash ${JSON.stringify(ref.hash)}: it must be 32 lower-case hex digits`, {
      hash: ref.hash
    })
  }
  return checkPath(`${registryDirectory(kind, ref.peerId)}/${pathSegment(ref.id)}/${ref.hash}.json`)
}
