/** MCAP files on disk. */

import { type FileHandle, open, stat } from 'node:fs/promises'
import { reasonOf } from '@auki/canonical'
import { CliError } from './errors.ts'
import type { Sink } from './mcap/mcap-file.ts'
import { type Survey, survey } from './mcap/recording-reader.ts'
import type { Source } from './mcap/scan.ts'

/** A new file, written from its start to its end. */
export class NewFile implements Sink, AsyncDisposable {
  readonly #path: string
  readonly #file: FileHandle
  #position = 0n

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  /** @throws CliError 'file-failed', also for a file that is there already. */
  static async create(path: string): Promise<NewFile> {
    try {
      return new NewFile(path, await open(path, 'wx'))
    } catch (cause) {
      throw failed(path, 'written', cause)
    }
  }

  position(): bigint {
    return this.#position
  }

  /** A failure leaves the file as it was. @throws CliError 'file-failed' */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) {
        const place = Number(this.#position) + at
        at += (await this.#file.write(bytes, at, bytes.length - at, place)).bytesWritten
      }
    } catch (cause) {
      await this.#file.truncate(Number(this.#position)).catch(() => {})
      throw failed(this.#path, 'written', cause)
    }
    this.#position += BigInt(bytes.length)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

/** A file that is played. It is read twice, anywhere, so a pipe will not do. */
export class OldFile implements Source, AsyncDisposable {
  readonly #path: string
  readonly #file: FileHandle
  readonly #size: number

  private constructor(path: string, file: FileHandle, size: number) {
    this.#path = path
    this.#file = file
    this.#size = size
  }

  /** @throws CliError 'file-failed', 'not-a-recording' for what is no file. */
  static async open(path: string): Promise<OldFile> {
    try {
      const stats = await stat(path) // before it is opened: opening a pipe waits for its writer
      if (stats.isFile()) return new OldFile(path, await open(path), stats.size)
    } catch (cause) {
      throw failed(path, 'read', cause)
    }
    throw new CliError('not-a-recording', `${path} is no file, and a pipe can't be played: save it in a file first`, { path })
  }

  async size(): Promise<bigint> {
    return BigInt(this.#size)
  }

  /** @throws CliError 'file-failed', also for a file that became shorter. */
  async read(offset: bigint, length: bigint): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafe(Number(length))
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await this.#file.read(bytes, at, bytes.length - at, Number(offset) + at)
        if (bytesRead === 0) throw new Error('it became shorter while it was read')
        at += bytesRead
      }
    } catch (cause) {
      throw failed(this.#path, 'read', cause)
    }
    return bytes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

/** What is in a file. @throws CliError 'file-failed', 'not-a-recording' */
export async function surveyFile(path: string, file: OldFile): Promise<Survey> {
  try {
    return await survey(file)
  } catch (cause) {
    if (cause instanceof CliError) throw cause
    throw new CliError('not-a-recording', `${path} can't be played: ${reasonOf(cause)}; give an MCAP file`, { path }, { cause })
  }
}

function failed(path: string, what: string, cause: unknown): CliError {
  const reason = reasonOf(cause)
  const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
  const remedy = exists ? 'it is there already: choose another name' : 'look at the path, its permissions and the space left'
  return new CliError('file-failed', `${path} can't be ${what}: ${reason}; ${remedy}`, { path }, { cause })
}
