/**
 * The log directories that are open in this process.
 *
 * Two writers in one directory would corrupt each other's segments, also when they belong to different sessions. So this is the one thing that all sessions
 * of a process share.
 */
import type { Storage } from '@auki/registry'

const open = new Set<string>()
const keyOf = (storage: Storage, directory: string): string => `${storage.location}\n${directory}`

export function isOpen(storage: Storage, directory: string): boolean {
  return open.has(keyOf(storage, directory))
}

/** Marks a directory as open, until the returned function is called. */
export function claim(storage: Storage, directory: string): () => void {
  const key = keyOf(storage, directory)
  open.add(key)
  return () => open.delete(key)
}
