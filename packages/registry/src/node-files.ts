/** Open files of the file system (Node). */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { attempt } from './node-errors.ts'
import { type IdleFile, keep, take, withFile } from './open-files.ts'
import type { AppendFile, ReadFile } from './storage.ts'
import { closed } from './storage-errors.ts'

// Refuses to write through a symbolic link in the file's place. Windows has no such flag.
export const readWriteNoLink = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)

/** A file that is read from. It stays open: it is to be read on when it was moved or removed. */
export class OpenReadFile implements ReadFile {
  readonly #path: string
  #file: FileHandle | undefined

  constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const file = this.#file
    if (file === undefined) throw closed(this.#path)
    return attempt(this.#path, () => readFrom(file, offset, length))
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) await attempt(this.#path, () => file.close())
  }
}

interface AppendInit {
  /** As the storage names it. */
  readonly path: string
  /** Where it is. */
  readonly target: string
  readonly file: FileHandle
  /** Where the next write goes. */
  readonly end: number
}

/**
 * A file that is written to. Writes go to explicit positions, so that the next one goes to the right place even after one that failed halfway. Between writes
 * it may be closed, when many others are open.
 */
export class OpenAppendFile implements AppendFile, IdleFile {
  readonly #path: string
  readonly #target: string
  #file: FileHandle | undefined
  #end: number
  #isClosed = false
  #retiring: Promise<void> | undefined
  // Which file it was when it was closed in between.
  #identity: string | undefined

  constructor({ path, target, file, end }: AppendInit) {
    this.#path = path
    this.#target = target
    this.#file = file
    this.#end = end
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.writeAll([bytes])
  }

  async writeAll(parts: readonly Uint8Array[]): Promise<void> {
    let rest = parts.filter((part) => part.length > 0)
    await this.#use(async (file) => {
      while (rest.length > 0) {
        const { bytesWritten } = await file.writev(rest as Uint8Array[], this.#end)
        this.#end += bytesWritten
        rest = without(rest, bytesWritten)
      }
    })
  }

  async sync(): Promise<void> {
    await this.#use((file) => file.sync())
  }

  async close(): Promise<void> {
    this.#isClosed = true
    take(this)
    await this.#retiring
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) await attempt(this.#path, () => file.close())
  }

  retire(): Promise<void> {
    this.#retiring ??= this.#retire()
      .catch(() => {}) // that it is another file by then, or gone, is found when it is opened again
      .finally(() => {
        this.#retiring = undefined
      })
    return this.#retiring
  }

  async #retire(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    if (file === undefined) return
    this.#identity = await identityOf(file)
    await file.close()
  }

  async #use(work: (file: FileHandle) => Promise<void>): Promise<void> {
    if (this.#isClosed) throw closed(this.#path)
    await attempt(this.#path, () =>
      withFile(async () => {
        take(this)
        await this.#retiring
        this.#file ??= await this.#reopen()
        await work(this.#file)
        if (!this.#isClosed) await keep(this)
      })
    )
  }

  async #reopen(): Promise<FileHandle> {
    const file = await open(this.#target, readWriteNoLink)
    if ((await identityOf(file)) === this.#identity) return file
    await file.close()
    throw new Error('another file is in its place')
  }
}

async function identityOf(file: FileHandle): Promise<string> {
  const { dev, ino } = await file.stat({ bigint: true })
  return `${dev}:${ino}`
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
