/** Errors that every storage adapter throws with the same words. */
import { StorageError } from './errors.ts'

export const alreadyExists = (path: string, options?: ErrorOptions): StorageError =>
  new StorageError('already-exists', `"${path}" already exists`, { path }, options)

export const notFound = (path: string, options?: ErrorOptions): StorageError =>
  new StorageError('not-found', `no "${path}"`, { path }, options)

export const tooShort = (path: string, bytes: number, length: number): StorageError =>
  new StorageError('io', `cannot append to "${path}" from byte ${length} on: it has only ${bytes}`, { path })

export const closed = (path: string): StorageError => new StorageError('closed', `"${path}" is closed; open it again`, { path })
