/** Each storage a session may be over, for `describe.each`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStorage, type Storage } from '@auki/registry'
import { fileStorage } from '@auki/registry/node'
import { afterAll } from 'vitest'

const roots: string[] = []
let storages = 0

/** A directory that goes away after the tests of the file. */
export async function temporaryDirectory(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'auki-session-'))
  if (roots.push(root) === 1) afterAll(() => Promise.all(roots.map((path) => rm(path, { recursive: true, force: true }))))
  return root
}

const root = await temporaryDirectory()

/** A name, and what makes a fresh, empty storage. */
export const everyStorage: readonly [string, () => Storage][] = [
  ['memory', memoryStorage],
  [
    'files',
    () => {
      storages += 1
      return fileStorage(join(root, String(storages)))
    }
  ]
]
