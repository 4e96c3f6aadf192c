/**
 * The log directories that are open in this process.
 *
 * Two writers in one directory would tear each other's segments apart, also when they belong to different sessions. This is the one thing sessions
 * share.
 */
import type { Storage } from '@auki/registry'

const open = new Set<string>()
const keyOf = (storage: Storage, directory: string): string => `${storage.location}\n${directory}`

export function isOpen(storage: Storage, directory: string): boolean {
  return open.has(keyOf(storage, directory))
}

/** Mark a directory as open; the function returned gives it back. */
export function claim(storage: Storage, directory: string): () => void {
  const key = keyOf(storage, directory)
  open.add(key)
  return () => open.delete(key)
}
