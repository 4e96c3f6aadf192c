/**
 * Brings what was appended into the segment files.
 *
 * Writes, syncs and removals run one at a time, in the order they were asked for; appending never waits for them. Bytes are written when there are enough of
 * them, or a moment after the first one, so that a single entry does not stay in memory for long. The first failure is final: after half a write nobody
 * knows what the file holds, so nothing more is written to it.
 */
import { reasonOf, type Timer } from '@auki/canonical'
import type { AppendFile } from '@auki/registry'
import { LogError } from '../errors.ts'
import { unwrittenBytesMax, writeAfterMs, writeBytes, writeBytesMax } from '../settings.ts'
import { segmentHeaderBytes } from './aklg.ts'
import type { Slice } from './entry-buffer.ts'
import type { Recording } from './recording.ts'
import type { Segment } from './segment.ts'
import { piecesOf, sumsPath, writerOf } from './sums.ts'
import { openSums, writeSums } from './sums-file.ts'

export class SegmentWriter {
  readonly #recording: Recording
  readonly #timer: Timer
  // Stands in the checksums.
  readonly #writer: number
  #queue: Promise<void> = Promise.resolve()
  #isScheduled = false
  #cancelTimer: (() => void) | undefined
  #room: PromiseWithResolvers<void> | undefined
  #segment: Segment | undefined
  #file: AppendFile | undefined
  #sums: AppendFile | undefined
  // Settles when the previous file is synced and closed.
  #closing: Promise<void> = Promise.resolve()

  constructor(recording: Recording, timer: Timer, sessionId: string) {
    this.#recording = recording
    this.#timer = timer
    this.#writer = writerOf(sessionId)
  }

  /** Call it after appending. Returns a promise when the caller should wait until more is written; it rejects when writing fails. */
  appended(): Promise<void> | undefined {
    const { unwritten } = this.#recording.buffer
    if (unwritten >= writeBytes) this.#writeSoon()
    else this.#cancelTimer ??= this.#timer.after(writeAfterMs, () => this.#writeSoon(), { holdProcess: true })
    if (unwritten <= unwrittenBytesMax) return undefined
    if (this.#room === undefined) {
      this.#room = Promise.withResolvers()
      this.#room.promise.catch(() => {}) // nobody has to wait
    }
    return this.#room.promise
  }

  /** Everything appended so far is on disk. @throws LogError `io`. */
  flush(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#writeAll()
      await Promise.all([this.#sums?.sync(), this.#file?.sync()])
      await this.#closing
    })
  }

  /** Remove the file of a segment that is not the newest. */
  remove(segment: Segment): void {
    void this.#enqueue(async () => {
      if (segment.written < segment.bytes) await this.#writeAll() // or it would be written later
      await this.#closing
      await this.#recording.storage.remove(segment.path)
      await this.#recording.storage.remove(sumsPath(segment.path))
    })
  }

  /** Flush, and close whatever comes of that. @throws LogError `io`. */
  async close(): Promise<void> {
    try {
      await this.flush()
    } finally {
      this.#cancelTimer?.()
      await this.#closing.catch(() => {})
      await Promise.allSettled([this.#sums?.close(), this.#file?.close()]) // what is to be kept was synced, or has failed already
    }
  }

  #writeSoon(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    void this.#enqueue(() => this.#writeAll())
  }

  // Runs after all work enqueued before, unless that failed. Callers may ignore the promise: the failure is kept in the recording.
  #enqueue(work: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(async () => {
      try {
        if (this.#recording.failure === undefined) await work()
      } catch (cause) {
        this.#fail(cause)
      }
      if (this.#recording.failure !== undefined) throw this.#recording.failure
    })
    this.#queue = turn.catch(() => {})
    return turn
  }

  #fail(cause: unknown): void {
    const remedy = 'what was written is kept; see to the disk and register the log in a new session'
    this.#recording.failure ??= new LogError('io', `io: ${reasonOf(cause)}; ${remedy}`, {}, { cause })
    this.#room?.reject(this.#recording.failure)
    this.#room = undefined
    this.#recording.wake()
  }

  async #writeAll(): Promise<void> {
    this.#isScheduled = false
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const { buffer } = this.#recording
    for (const end = buffer.appended; buffer.written < end; ) await this.#write(buffer.take(writeBytesMax)!)
    await this.#checkFile()
  }

  async #write(slice: Slice): Promise<void> {
    if (slice.segment !== this.#segment) await this.#turnTo(slice.segment)
    const skipped = slice.segment.written === 0 ? segmentHeaderBytes : 0
    await writeSums(this.#sums!, piecesOf(slice.parts, slice.bytes, skipped), this.#writer)
    await this.#file!.writeAll(slice.parts)
    this.#recording.buffer.wrote(slice)
    this.#recording.releaseFollowers()
    if (this.#recording.buffer.unwritten > unwrittenBytesMax / 2) return
    this.#room?.resolve()
    this.#room = undefined
  }

  // The previous file is synced while the next one is written.
  async #turnTo(segment: Segment): Promise<void> {
    await this.#closing
    if (this.#file !== undefined) this.#closing = finish([this.#sums!, this.#file])
    this.#closing.catch(() => {}) // whoever awaits it next has the failure
    this.#file = undefined
    this.#sums = undefined
    this.#segment = segment
    this.#file = await (segment.found
      ? this.#recording.storage.openAt(segment.path, segment.written)
      : this.#recording.storage.create(segment.path))
    this.#sums = await openSums(this.#recording.storage, segment, this.#writer)
  }

  // Writing to a file that was moved or removed succeeds on some systems. The data would be lost, so look whether it is still there.
  async #checkFile(): Promise<void> {
    if (this.#segment === undefined) return
    const { path, written } = this.#segment
    const bytes = await this.#recording.storage.size(path)
    if (bytes === undefined || bytes < written) throw new Error(`"${path}" was moved, removed or cut while it was written`)
  }
}

async function finish(files: readonly AppendFile[]): Promise<void> {
  try {
    await Promise.all(files.map((file) => file.sync()))
  } finally {
    await Promise.all(files.map((file) => file.close()))
  }
}
