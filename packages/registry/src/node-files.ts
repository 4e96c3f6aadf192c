/** Open files of the file system (Node), and its errors as StorageErrors. */

import type { FileHandle } from 'node:fs/promises'
import { reasonOf } from '@auki/canonical'
import { StorageError } from './errors.ts'
import type { AppendFile, ReadFile } from './storage.ts'
import { closed } from './storage-errors.ts'

/** Writes at explicit positions, so that the next write goes to the right place even after one that failed halfway. */
export class NodeFile implements ReadFile, AppendFile {
  readonly #path: string
  #file: FileHandle | undefined
  #end: number

  /** @param end - where the next write goes. */
  constructor(path: string, file: FileHandle, end = 0) {
    this.#path = path
    this.#file = file
    this.#end = end
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const file = this.#open()
    return attempt(this.#path, () => readFrom(file, offset, length))
  }

  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#open()
    await attempt(this.#path, async () => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, this.#end)
        done += bytesWritten
        this.#end += bytesWritten
      }
    })
  }

  async writeAll(parts: readonly Uint8Array[]): Promise<void> {
    const file = this.#open()
    await attempt(this.#path, async () => {
      for (let rest = parts.filter((part) => part.length > 0); rest.length > 0; ) {
        const { bytesWritten } = await file.writev(rest as Uint8Array[], this.#end)
        this.#end += bytesWritten
        rest = without(rest, bytesWritten)
      }
    })
  }

  async sync(): Promise<void> {
    const file = this.#open()
    await attempt(this.#path, () => file.sync())
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) await attempt(this.#path, () => file.close())
  }

  #open(): FileHandle {
    if (this.#file === undefined) throw closed(this.#path)
    return this.#file
  }
}

/** What is left of `parts` after their first `bytes` bytes. */
function without(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const rest: Uint8Array[] = []
  for (const part of parts) {
    if (bytes < part.length) rest.push(bytes === 0 ? part : part.subarray(bytes))
    bytes = Math.max(0, bytes - part.length)
  }
  return rest
}

/** `length` bytes from byte `offset` on; fewer at the end of the file. */
export async function readFrom(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let done = 0
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return bytes.subarray(0, done)
}

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

function errnoOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | undefined)?.code)
}
