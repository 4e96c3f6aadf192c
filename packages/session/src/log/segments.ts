import type { LogAvailable, LogExtent } from '../resource-entry.ts'
import { remainingSegments } from './retention.ts'
import { Segment } from './segment.ts'

/** The segments that a log retains, oldest first, and what they add up to. */
export class Segments {
  // An empty stand-in before the first segment: where readers of an empty log wait.
  readonly #anchor = new Segment({ path: '', startNs: 0n, durationNs: 0n, found: true })
  readonly #list: Segment[] = []
  #bytes = 0
  #entries = 0
  /** Smallest and largest timestamp of all that retention has removed so far. */
  evictedExtent: LogExtent | undefined

  /** The oldest one retained; an empty stand-in when there is none. */
  get oldest(): Segment {
    return this.#list[0] ?? this.#anchor
  }

  /** The newest one; an empty stand-in when there is none. */
  get newest(): Segment {
    return this.#list.at(-1) ?? this.#anchor
  }

  get isEmpty(): boolean {
    return this.#list.length === 0
  }

  /** The first one whose window ends after an instant; `undefined` when all end before. */
  reaching(timestampNs: bigint): Segment | undefined {
    return this.#list.find(({ endNs }) => endNs > timestampNs)
  }

  add(segment: Segment): void {
    const { newest } = this
    segment.ordinal = newest.ordinal + 1
    segment.base = newest.base + newest.entries
    newest.next = segment
    this.#list.push(segment)
    this.#bytes += segment.bytes
    this.#entries += segment.entries
  }

  /** Adds bytes that are no entry to the newest segment: its header. */
  grow(bytes: number): void {
    this.newest.bytes += bytes
    this.#bytes += bytes
  }

  /** Adds an entry of so many bytes to the newest segment. */
  count(timestampNs: bigint, bytes: number): void {
    this.#list.at(-1)!.count(timestampNs, bytes)
    this.#bytes += bytes
    this.#entries += 1
  }

  /** Takes out the segments that are too old, seen from an instant, and returns them. */
  evict(retentionNs: bigint, timestampNs: bigint): Segment[] {
    const { startNs, endNs } = this.oldest
    const starts = this.#list.map((segment) => segment.startNs)
    const remaining = remainingSegments(starts, { segmentDurationNs: endNs - startNs, retentionNs, timestampNs })
    const evicted = this.#list.splice(0, starts.length - remaining.length)
    for (const segment of evicted) {
      segment.evicted = true
      this.#noteEvicted(segment)
      this.#bytes -= segment.bytes
      this.#entries -= segment.entries
    }
    return evicted
  }

  #noteEvicted({ entries, minNs, maxNs }: Segment): void {
    if (entries === 0) return
    const { startAtNs = minNs, finishAtNs = maxNs } = this.evictedExtent ?? {}
    this.evictedExtent = { startAtNs: minNs < startAtNs ? minNs : startAtNs, finishAtNs: maxNs > finishAtNs ? maxNs : finishAtNs }
  }

  /** The retained segment that holds the entry with this number of the recording; `undefined` when there is none. */
  holding(position: number): Segment | undefined {
    return this.#list.find(({ base, entries }) => position > base && position <= base + entries)
  }

  /** The number of the entry appended last, counted from 1 over all that ever were; 0 before the first. */
  get lastPosition(): number {
    return this.newest.base + this.newest.entries
  }

  /** Timestamp of the first entry, ns; `undefined` when there is none. */
  get firstNs(): bigint | undefined {
    return this.#list.find(({ entries }) => entries > 0)?.firstNs
  }

  get extent(): LogExtent | undefined {
    const first = this.#list.find(({ entries }) => entries > 0)
    const last = this.#list.findLast(({ entries }) => entries > 0)
    return first && last && { startAtNs: first.minNs, finishAtNs: last.maxNs }
  }

  get available(): LogAvailable {
    const { extent } = this
    const durationNs = extent === undefined ? 0n : extent.finishAtNs - extent.startAtNs
    return { bytes: BigInt(this.#bytes), entries: BigInt(this.#entries), durationNs }
  }
}
