/** Where logs are. Ids with `/` nest directories, so the names a log's own directory uses can't be part of them. */
import { checkPath, StorageError } from '@auki/registry'
import type { LogRef } from '../resource-entry.ts'

const reserved = ['segments', 'manifest.json']

/** The directory of a log. @throws StorageError `invalid-path` when it would lie elsewhere or within another log. */
export function logDirectory(ref: LogRef): string {
  const path = checkPath(unsafeLogDirectory(ref))
  const taken = path.split('/').find((segment) => reserved.includes(segment))
  if (taken === undefined) return path
  const reason = `the segment "${taken}" is reserved`
  throw new StorageError('invalid-path', `invalid path ${JSON.stringify(path)}: ${reason}`, { path, reason })
}

/** The same before anything is checked: good for comparing, not for opening. */
export function unsafeLogDirectory({ sourcePeerId, resourceId }: LogRef): string {
  return `logs/${sourcePeerId}/${resourceId}`
}

/** Where the manifest of a log's directory is. */
export function manifestPath(directory: string): string {
  return `${directory}/manifest.json`
}

export function segmentsDirectory(directory: string): string {
  return `${directory}/segments`
}

/** Where the segment that begins at an instant is. */
export function segmentPath(directory: string, startNs: bigint): string {
  return `${segmentsDirectory(directory)}/${String(startNs).padStart(20, '0')}.seg`
}

/** Whether a file of a log is a segment: its name is digits. */
export function isSegment(path: string): boolean {
  return /\/segments\/\d+\.seg$/.test(path)
}

/** Where a recording of an earlier session is set aside, the nth time that name is tried. @throws StorageError `invalid-path`. */
export function archiveDirectory(sessionId: string, attempt: number, { sourcePeerId, resourceId }: LogRef): string {
  return checkPath(`archive/${sessionId}${attempt === 0 ? '' : `~${attempt}`}/${sourcePeerId}/${resourceId}`)
}
