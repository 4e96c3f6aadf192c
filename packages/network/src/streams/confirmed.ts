/**
 * What a consumer has confirmed of a stream, and whether another entry may follow.
 *
 * Where only the newest entry is wanted, one that waits in a buffer on the way is old when it arrives. So another entry is begun only while all that was sent
 * longer ago than the smallest round trip and {@link unconfirmedMs} is confirmed, but always a second one: with less a consumer far away would get one for
 * each round trip. Where the smallest round trip has not been seen for a while the way has become longer: then that of an entry which had at most one before
 * it counts, since that one was in no queue of ours.
 */
import type { Clock } from '@auki/canonical'
import { CodecError } from '../protocols/codec-errors.ts'
import { FrameReader } from '../protocols/frame.ts'
import { streamConfirmationMs } from '../protocols/limits.ts'
import { confirmationFrames, readConfirmation } from '../protocols/stream-confirmation.ts'
import { confirmedJitterMs, extraConfirmationsMax, shortestTripSeenMs, unconfirmedMarksMax, unconfirmedMs } from '../settings.ts'

const entriesMin = 2n

interface Mark {
  /** Entries begun. */
  readonly entries: bigint
  readonly atMs: number
  /** Sent when no more was unconfirmed than always may be. */
  readonly alone: boolean
}

export class Confirmed {
  /** Called after every confirmation. */
  onChange: () => void = () => {}
  readonly #timers: Clock
  readonly #reader = new FrameReader(confirmationFrames)
  readonly #beganMs: number
  #marks: Mark[] = []
  #sent = 0n
  #confirmed = 0n
  #frames = 0
  /** The smallest round trip, and when it was seen last. */
  #shortest = { ms: Number.POSITIVE_INFINITY, seenMs: Number.NEGATIVE_INFINITY }

  constructor(timers: Clock) {
    this.#timers = timers
    this.#beganMs = timers.monoMs()
  }

  /** Whether another entry may be begun. */
  get hasRoom(): boolean {
    if (this.#sent - this.#confirmed < entriesMin) return true
    const [oldest] = this.#marks
    if (this.#shortest.ms === Number.POSITIVE_INFINITY) return false
    return oldest === undefined || this.#timers.monoMs() - oldest.atMs <= this.#shortest.ms + unconfirmedMs
  }

  /** Bytes were written; `entries` of the stream are begun by now. */
  sent(entries: bigint): void {
    this.#sent = entries
    if (this.#marks.at(-1)?.entries === entries) this.#marks.pop()
    if (this.#marks.length >= unconfirmedMarksMax) return
    this.#marks.push({ entries, atMs: this.#timers.monoMs(), alone: entries - this.#confirmed <= entriesMin })
  }

  /** Takes bytes that the consumer wrote. @throws CodecError for what is no confirmation of this stream, and for more of them than there is reason for. */
  push(bytes: Uint8Array): void {
    this.#reader.push(bytes)
    let isNew = false
    for (let payload = this.#reader.next(); payload !== undefined; payload = this.#reader.next()) {
      this.#count()
      this.#confirmed = readConfirmation(payload, this.#confirmed, this.#sent)
      isNew = true
    }
    if (!isNew) return
    this.#measure()
    this.onChange()
  }

  #measure(): void {
    const nowMs = this.#timers.monoMs()
    const over = this.#marks.findIndex(({ entries }) => entries > this.#confirmed)
    const newest = this.#marks.splice(0, over === -1 ? this.#marks.length : over).at(-1)
    if (newest === undefined) return
    const tripMs = nowMs - newest.atMs
    const { ms, seenMs: lastMs } = this.#shortest
    if (tripMs <= ms + confirmedJitterMs) this.#shortest = { ms: Math.min(ms, tripMs), seenMs: nowMs }
    else if (newest.alone && nowMs - lastMs >= shortestTripSeenMs) this.#shortest = { ms: tripMs, seenMs: nowMs }
  }

  #count(): void {
    this.#frames += 1
    const dueMax = Number(this.#sent) + (this.#timers.monoMs() - this.#beganMs) / streamConfirmationMs
    if (this.#frames > dueMax + extraConfirmationsMax) throw new CodecError('decode', 'it confirms more often than it takes entries')
  }
}
