/**
 * One reader of a log.
 *
 * A cursor is a position that moves from entry to entry, and nothing else: no queue, no copy of the log. It reads from the segment file as far as that is
 * written, and from memory beyond. History and what is appended now are thus one pass over the log, so no entry is lost or read twice between them.
 */

import { formatError, ioError } from '../errors.ts'
import { batchBytes, blockBytesMax, recentBytesMax } from '../settings.ts'
import { entryFault, entryHeaderBytes, viewOf } from './aklg.ts'
import type { LogBatch, LogCursor, Range } from './log-cursor.ts'
import type { NumberedEntry, StoredEntry } from './log-entry.ts'
import { addLost, type Lost, lostOf } from './lost.ts'
import type { Hold, Place } from './parts.ts'
import { type Follower, type Position, type Recording, startOf } from './recording.ts'
import type { Segment } from './segment.ts'
import { SegmentReader } from './segment-reader.ts'

export class Cursor implements LogCursor, Follower {
  readonly #recording: Recording
  readonly #files: SegmentReader
  readonly #range: Range
  readonly #hold: Hold
  /** Moves on in place, entry by entry. */
  #at: { -readonly [K in keyof Position]: Position[K] }
  #place: Place | undefined
  /** Where the batch begins that was returned last, if it is in memory. */
  #batchFrom: number | undefined
  #blockBytes = batchBytes
  #lost: Lost | undefined
  // Timestamp of the entry read last, when that is of the current segment.
  #passedNs: bigint | undefined
  #closed = false
  #wake: (() => void) | undefined

  constructor(recording: Recording, range: Range, hold: Hold = 'keeps') {
    this.#recording = recording
    this.#hold = hold
    this.#files = new SegmentReader(recording.storage)
    this.#range = range
    this.#at = { ...range.from }
    this.#lost = range.lost
  }

  get neededFrom(): number {
    return this.#batchFrom ?? this.#place?.at ?? Number.POSITIVE_INFINITY
  }

  async next(): Promise<LogBatch | undefined> {
    this.#batchFrom = undefined
    let batch: LogBatch | undefined
    try {
      batch = await this.#batch()
    } finally {
      if (batch === undefined) this.close()
    }
    return batch
  }

  skipToNewest(): number {
    const { newest } = this.#recording
    if (newest === undefined || !this.#isBefore(newest)) return 0
    let passed = newest.entry - this.#at.entry
    for (let { segment } = this.#at; segment !== newest.segment; segment = segment.next!) passed += segment.entries
    this.#at = { ...newest }
    this.#passedNs = undefined
    this.#place = undefined
    return passed
  }

  close(): void {
    this.#closed = true
    this.#place = undefined
    this.#recording.unfollow(this)
    this.wake()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  wake(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  release(): void {
    if (this.#place !== undefined && this.#recording.buffer.appended - this.#place.at > recentBytesMax) this.#place = undefined
  }

  // Nothing may be awaited between finding that there is nothing to read and #sleep: an append in between would not wake us.
  async #batch(): Promise<LogBatch | undefined> {
    if (!this.#closed) this.#recording.follow(this)
    while (!this.#closed) {
      while (this.#isSegmentOver()) this.#enter(this.#at.segment.next!)
      this.#checkDamage()
      const history = this.#isBefore(this.#range.mark)
      if (this.#range.historyOnly && !history) break
      let entries = this.#fromMemory(history)
      if (entries === undefined && this.#isInFile()) entries = await this.#fromFile(history)
      else if (entries === undefined && this.#isAtEnd()) break
      else if (entries === undefined) await this.#sleep()
      if (entries === undefined || entries.length === 0) continue
      const lost = this.#lost
      this.#lost = undefined
      return { entries, history, lost }
    }
    return undefined
  }

  // Undefined when the next entry is not in memory.
  #fromMemory(history: boolean): NumberedEntry[] | undefined {
    this.#place ??= this.#recording.buffer.find(this.#at.segment, this.#at.offset, this.#hold)
    const from = this.#place?.at
    const entries: NumberedEntry[] = []
    let bytes = 0
    while (bytes < batchBytes && !(history && this.#isAtMark())) {
      const entry = this.#place?.read()
      if (entry === undefined && bytes === 0) return undefined
      if (entry === undefined) break
      if (this.#place!.segment !== this.#at.segment) this.#enter(this.#place!.segment)
      bytes += this.#pass(entry, entries)
    }
    this.#batchFrom = from
    return entries
  }

  async #fromFile(history: boolean): Promise<NumberedEntry[]> {
    const { segment, offset } = this.#at
    if (segment.evicted) return this.#overtake()
    const block = await this.#files.read(segment, offset, this.#blockBytes)
    if (this.#closed) return []
    if (block === undefined) return this.#overtake()
    const { bytes, wanted } = block
    const entries = this.#parse(bytes, history)
    if (entries !== undefined) return entries
    if (bytes.length < wanted)
      throw formatError(segment.path, offset, `the file ends after ${bytes.length} more bytes, there were ${wanted}`)
    this.#enlarge(bytes)
    return []
  }

  // Undefined when the block does not hold one whole entry.
  #parse(block: Uint8Array, history: boolean): NumberedEntry[] | undefined {
    const view = viewOf(block)
    const entries: NumberedEntry[] = []
    let at = 0
    while (at + entryHeaderBytes <= block.length && !(history && this.#isAtMark())) {
      const timestampNs = view.getBigInt64(at, true)
      const payloadBytes = view.getUint32(at + 8, true)
      const fault = entryFault(timestampNs, payloadBytes, this.#at.segment)
      if (fault !== undefined && at === 0) throw formatError(this.#at.segment.path, this.#at.offset, fault)
      const from = at + entryHeaderBytes
      if (fault !== undefined || from + payloadBytes > block.length) break
      at = from + payloadBytes
      this.#pass({ timestampNs, bytes: block.subarray(from, at) }, entries)
    }
    return at === 0 ? undefined : entries
  }

  // The next block is to hold the whole entry with which this one begins.
  #enlarge(block: Uint8Array): void {
    const { path, written } = this.#at.segment
    const bytes = entryHeaderBytes + (block.length < entryHeaderBytes ? 0 : viewOf(block).getUint32(8, true))
    if (this.#at.offset + bytes > written) throw formatError(path, this.#at.offset, `an entry of ${bytes} bytes runs over the end`)
    this.#blockBytes = Math.max(bytes, Math.min(4 * bytes, blockBytesMax))
  }

  #pass({ timestampNs, bytes }: StoredEntry, entries: NumberedEntry[]): number {
    const bytesPassed = entryHeaderBytes + bytes.length
    this.#at.offset += bytesPassed
    this.#at.entry += 1
    this.#passedNs = timestampNs
    const position = this.#at.segment.base + this.#at.entry
    if (timestampNs >= this.#range.fromNs && position >= this.#range.fromPosition) entries.push({ timestampNs, bytes, position })
    return bytesPassed
  }

  // The file was removed, by our retention or by a later writer's. Goes on at the oldest segment that is left, and notes what is missing.
  #overtake(): NumberedEntry[] {
    const { path, next, evicted } = this.#at.segment
    const isLost = next === undefined || !(evicted || this.#recording.ended)
    if (isLost) throw ioError(new Error(`"${path}" is gone; somebody moved or removed it`), { path })
    do {
      this.#lost = addLost(this.#lost, this.#lostHere())
      this.#enter(this.#at.segment.next!)
    } while (this.#at.segment.evicted)
    return []
  }

  #lostHere(): Lost | undefined {
    const { fromNs, fromPosition } = this.#range
    const notWanted = fromPosition - 1 - this.#at.segment.base
    return lostOf(this.#at.segment, { passed: Math.max(this.#at.entry, notWanted), passedNs: this.#passedNs, fromNs })
  }

  #checkDamage(): void {
    const { path, bytes, damage, evicted } = this.#at.segment
    if (damage !== undefined && this.#at.offset >= bytes && !evicted) throw formatError(path, this.#at.offset, damage)
  }

  #isInFile(): boolean {
    return this.#at.segment.evicted || this.#at.offset < this.#at.segment.written
  }

  #isAtEnd(): boolean {
    const { ended, failure } = this.#recording
    if (failure !== undefined) throw failure
    return ended
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      this.#recording.sleep(this)
    })
  }

  #enter(segment: Segment): void {
    this.#at = startOf(segment)
    this.#passedNs = undefined
  }

  #isSegmentOver(): boolean {
    const { bytes, damage, next } = this.#at.segment
    return this.#at.offset >= bytes && next !== undefined && damage === undefined
  }

  #isAtMark(): boolean {
    return !this.#isBefore(this.#range.mark)
  }

  #isBefore({ segment, offset }: Position): boolean {
    return this.#at.segment === segment ? this.#at.offset < offset : this.#at.segment.ordinal < segment.ordinal
  }
}
