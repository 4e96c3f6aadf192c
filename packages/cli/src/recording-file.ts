/** MCAP files on disk. */

import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { reasonOf } from '@auki/canonical'
import type { IWritable } from '@mcap/core'
import { CliError } from './errors.ts'
import { type RecordedItem, readRecording } from './mcap/recording-reader.ts'

/** A new file, written from its start to its end. */
export class NewFile implements IWritable, AsyncDisposable {
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

  /** @throws CliError 'file-failed' */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) at += (await this.#file.write(bytes, at)).bytesWritten
    } catch (cause) {
      throw failed(this.#path, 'written', cause)
    }
    this.#position += BigInt(bytes.length)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

/** What a file holds, in its order. @throws CliError 'file-failed', 'not-a-recording' */
export async function* readFile(path: string): AsyncGenerator<RecordedItem, void, undefined> {
  try {
    yield* readRecording(createReadStream(path))
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) throw failed(path, 'read', cause)
    const reason = reasonOf(cause)
    throw new CliError('not-a-recording', `${path} can't be played: ${reason}; give a file that "auki record" wrote`, { path }, { cause })
  }
}

function failed(path: string, what: string, cause: unknown): CliError {
  const reason = reasonOf(cause)
  const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
  const remedy = exists ? 'it is there already: choose another name' : 'look at the path, its permissions and the space left'
  return new CliError('file-failed', `${path} can't be ${what}: ${reason}; ${remedy}`, { path }, { cause })
}
