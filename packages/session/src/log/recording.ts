import type { ReadFrom } from '@auki/datatypes'
import type { Storage } from '@auki/registry'
import type { LogError } from '../errors.ts'
import { segmentHeaderBytes } from './aklg.ts'
import { EntryBuffer } from './entry-buffer.ts'
import type { Segment } from './segment.ts'
import type { Segments } from './segments.ts'

/** Between two entries of a recording. */
export interface Position {
  readonly segment: Segment
  /** Bytes of the segment before it. */
  readonly offset: number
  /** Entries of the segment before it. */
  readonly entry: number
}

/** A reader, as the recording knows it: it is woken when there is more, and told to let go of memory when it has fallen too far behind. */
export interface Follower {
  /** From where on it needs what is in memory, in bytes appended; infinity: it has nothing of it. */
  readonly neededFrom: number
  wake(): void
  release(): void
}

/** What is in a log, on disk and in memory, and who reads it. `Log` appends to it, `SegmentWriter` writes it to files. */
export class Recording {
  readonly storage: Storage
  readonly segments: Segments
  readonly buffer = new EntryBuffer(() => this.#neededFrom())
  /** Why nothing more can be written. What was appended before can still be read from memory. */
  failure: LogError | undefined
  /** Nothing is appended any more. */
  ended = false
  /** Where the newest entry begins. */
  newest: Position | undefined
  readonly #followers = new Set<Follower>()
  readonly #sleepers = new Set<Follower>()

  constructor(storage: Storage, segments: Segments) {
    this.storage = storage
    this.segments = segments
  }

  /** Add a segment to append to. */
  begin(segment: Segment): void {
    this.segments.add(segment)
    this.buffer.begin(segment)
    this.segments.grow(segmentHeaderBytes)
  }

  /** Append an entry to the newest segment. */
  append(timestampNs: bigint, payload: Uint8Array): void {
    const segment = this.segments.newest
    this.newest = { segment, offset: segment.bytes, entry: segment.entries }
    this.segments.count(timestampNs, this.buffer.push(segment, timestampNs, payload))
    if (this.#sleepers.size > 0) this.wake()
  }

  /** Where a reader begins. */
  positionOf(from: ReadFrom): Position {
    if (from === 'latest') return this.end
    if (from === 'from_start') return startOf(this.segments.oldest)
    const segment = this.segments.reaching(from.fromTimestamp)
    return segment === undefined ? this.end : startOf(segment)
  }

  /** Where a reader has to begin to get the entry with this number: at it, or some entries before it. */
  positionAt(position: number): Position {
    const { oldest, lastPosition } = this.segments
    if (position > lastPosition) return this.end
    const segment = this.segments.holding(position) ?? oldest
    const mark = segment.markBefore(position - segment.base - 1)
    return mark === undefined ? startOf(segment) : { segment, ...mark }
  }

  /** After the newest entry. */
  get end(): Position {
    const segment = this.segments.newest
    return { segment, offset: segment.bytes, entry: segment.entries }
  }

  follow(follower: Follower): void {
    this.#followers.add(follower)
  }

  unfollow(follower: Follower): void {
    this.#followers.delete(follower)
    this.#sleepers.delete(follower)
  }

  /** Wakes a follower at the next append, once. */
  sleep(follower: Follower): void {
    this.#sleepers.add(follower)
  }

  wake(): void {
    const sleepers = [...this.#sleepers]
    this.#sleepers.clear()
    for (const sleeper of sleepers) sleeper.wake()
  }

  #neededFrom(): number {
    let neededFrom = Number.POSITIVE_INFINITY
    for (const follower of this.#followers) neededFrom = Math.min(neededFrom, follower.neededFrom)
    return neededFrom
  }

  /** Tells readers that are far behind to let go of the memory they hold. */
  releaseFollowers(): void {
    for (const follower of this.#followers) follower.release()
  }
}

/** The first entry of a segment. */
export function startOf(segment: Segment): Position {
  return { segment, offset: Math.min(segmentHeaderBytes, segment.bytes), entry: 0 }
}
