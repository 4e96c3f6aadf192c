/** Errors of the file system (Node) as StorageErrors. */
import { reasonOf } from '@auki/canonical'
import { StorageError } from './errors.ts'

type Known = Readonly<Record<string, (path: string, options: ErrorOptions) => StorageError>>

/** Turns an error of the file system into a StorageError: `io`, unless the caller maps its code to another. */
export async function attempt<T>(path: string, work: () => Promise<T>, known: Known = {}): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof StorageError) throw cause
    const word = known[errnoOf(cause)]
    if (word !== undefined) throw word(path, { cause })
    throw new StorageError('io', `cannot reach "${path}": ${reasonOf(cause)}`, { path }, { cause })
  }
}

/** A path that leads nowhere, through a file or to a directory has no file. */
export async function missingIsUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoOf(error))) return undefined
    throw error
  }
}

/** The code of an error of the file system. */
export function errnoOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | undefined)?.code)
}
