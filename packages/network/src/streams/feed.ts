/**
 * The entries of a stream in their order, over however many substreams they take, and then how it ended.
 *
 * Bytes are cut into entries only when one is asked for. What ends the stream is found in the same order as the entries, so the end never comes before an
 * entry that was received. A substream that breaks is opened again where that is wanted; the reader sees one sequence of entries, and notices beside it.
 */
import { toError } from '@auki/canonical'
import * as stream from '../protocols/stream.ts'
import { readEntry } from '../protocols/stream-entry-read.ts'
import type { Bookmark } from './bookmark.ts'
import type { Frame } from './chunk-queue.ts'
import { Notices } from './notices.ts'
import type { OpenedStream } from './opening.ts'
import { broken, lost, notResumed, type Outcome } from './outcomes.ts'
import type { Reopened } from './reopening.ts'

export interface FeedInit {
  readonly peerId: string
  readonly resourceId: string
  readonly stream: OpenedStream
  /** `latest`: of live entries hold one, the newest, instead of letting the producer wait. */
  readonly keep: 'all' | 'latest'
  /** No history was asked for. Where it was, only the producer knows when it is over. */
  readonly live: boolean
  readonly bookmark: Bookmark
  /** Opens it again when it was cut; left out where a cut ends it. `newestOnly`: what was missed is not wanted. Rejects only with the signal's reason. */
  readonly again?: ((newestOnly: boolean, signal: AbortSignal) => Promise<Reopened>) | undefined
  /** Called with a text for the log, about a gap while there is no reader of notices. */
  readonly warn: (message: string) => void
}

export class Feed {
  readonly notices = new Notices()
  readonly #init: FeedInit
  /** Called when there may be something to read. */
  readonly #onChange: () => void
  /** The substream that entries come on; none while it is being opened again. */
  #stream: OpenedStream | undefined
  /** Aborts opening it again. */
  #pause: AbortController | undefined
  /** An entry has come since it was opened. */
  #hasDelivered = true
  #newestOnly: boolean
  /** Entries that the producer dropped, as of the last one read: on the present substream, and on those before it. */
  #droppedNow = 0n
  #droppedBefore = 0n
  #lost = 0n
  #outcome: Outcome | undefined
  #finished = false

  constructor(init: FeedInit, onChange: () => void) {
    this.#init = init
    this.#onChange = onChange
    this.#newestOnly = init.keep === 'latest' && init.live
  }

  start(): void {
    this.#readFrom(this.#init.stream)
  }

  /** How it ended; known once everything before that was read. */
  get outcome(): Outcome | undefined {
    return this.#outcome
  }

  /** The entries are live, and of those only the newest is wanted. */
  get newestOnly(): boolean {
    return this.#newestOnly
  }

  /** Entries that the producer left out. */
  get dropped(): bigint {
    return this.#droppedNow + this.#droppedBefore + this.#init.bookmark.passedOver
  }

  /** Entries that retention took away, as far as they were counted. */
  get lost(): bigint {
    return this.#lost
  }

  /** What waits to be read does not grow any more: the substream has ended, or all of them. */
  get isComplete(): boolean {
    return this.#stream?.intake.ended !== undefined || this.#outcome !== undefined
  }

  /** The substream has ended; another one may follow it. */
  get mayGoOn(): boolean {
    return this.#stream?.intake.ended !== undefined && this.#init.again !== undefined
  }

  /** The next entry; `undefined` while there is none, and from the outcome on. */
  read(): stream.StreamEntry | undefined {
    while (this.#outcome === undefined && this.#stream !== undefined) {
      const { intake } = this.#stream
      try {
        const frame = intake.take()
        const entry = frame && this.#entryOf(frame)
        if (entry !== undefined) return entry
        if (frame !== undefined) continue
      } catch (error) {
        this.fail(toError(error))
      }
      if (intake.ended === undefined) return undefined
      if (this.#outcome === undefined) this.#onCut(this.#stream, intake.ended.error)
    }
    return undefined
  }

  /** What was read is no entry of this stream: that is how it ends. */
  fail(cause: Error): void {
    this.#outcome = broken(this.#init, cause)
  }

  /** Nobody reads any further: gives the substream back. */
  finish(outcome: Outcome): void {
    if (this.#finished) return
    this.#finished = true
    this.#outcome = outcome
    this.#pause?.abort(new Error('the stream is over'))
    const { kind } = outcome.reason
    const byProducer = kind !== 'connection_lost' && kind !== 'cancelled' && kind !== 'protocol'
    this.#stream?.release(byProducer ? undefined : (outcome.error ?? new Error('the stream was cancelled')))
    this.#stream = undefined
    this.notices.end()
  }

  #readFrom(opened: OpenedStream): void {
    this.#stream = opened
    opened.intake.onChange = this.#onChange
    this.#onChange()
  }

  #entryOf({ bytes, from, to }: Frame): stream.StreamEntry | undefined {
    const entry = readEntry(bytes, from, to) ?? this.#readMessage(bytes.subarray(from, to))
    if (entry === undefined) return undefined
    this.#stream?.taken()
    const passed = this.#init.bookmark.pass(entry)
    this.#droppedNow = entry.dropped
    // A producer drops no history: once it has dropped something, all that follows is live.
    if (entry.dropped > 0n && this.#init.keep === 'latest') this.#newestOnly = true
    if (passed === undefined) return undefined
    this.#hasDelivered = true
    if (passed.gap !== undefined) this.#tellGap(passed.gap)
    return passed
  }

  /** What the fast reader of entries does not know: other messages, and entries with fields in an unusual order. */
  #readMessage(payload: Uint8Array): stream.StreamEntry | undefined {
    const message = stream.decode(payload)
    if (message.kind === 'entry') return message.entry
    if (message.kind !== 'end_of_stream') throw new Error(`the producer sent ${message.kind} among the entries`)
    this.#outcome = { reason: message.reason }
    return undefined
  }

  #tellGap(gap: stream.StreamGap): void {
    const { resourceId, peerId, warn } = this.#init
    const { fromNs, toNs } = gap
    const isCounted = gap.lost > 0n
    this.#lost += gap.lost
    this.notices.publish({ type: 'gap', ...(isCounted && { lost: gap.lost }), fromNs, toNs })
    if (this.notices.isRead) return
    const what = `${isCounted ? gap.lost : 'some'} entries of "${resourceId}" from ${peerId}, ${fromNs} to ${toNs} ns`
    warn(`${what}, were removed before they could be read: read faster, or have the log keep more`)
  }

  /**
   * The substream has ended, and the producer has not said why. It is opened again, except where two in a row were closed in good order without an entry:
   * such a producer has nothing more to send.
   */
  #onCut(opened: OpenedStream, error: Error | undefined): void {
    const outcome = lost(this.#init, error)
    const { again } = this.#init
    const isOver = again === undefined || outcome.reason.kind === 'protocol' || (!this.#hasDelivered && opened.isHalfOpen())
    if (isOver) this.#outcome = outcome
    else void this.#resume(opened, again)
  }

  async #resume(opened: OpenedStream, again: NonNullable<FeedInit['again']>): Promise<void> {
    const pause = new AbortController()
    this.#pause = pause
    this.#stream = undefined
    opened.release(new Error('the stream was cut'))
    const found = await again(this.#newestOnly, pause.signal).catch((cause: unknown) => ({ over: { kind: 'cancelled' } as const, cause }))
    if (this.#finished) {
      if ('stream' in found) found.stream.release(new Error('the stream was cancelled'))
      return
    }
    if ('over' in found) {
      this.#outcome = notResumed(this.#init, found.over, found.cause)
      return this.#onChange()
    }
    this.#droppedBefore += this.#droppedNow
    this.#droppedNow = 0n
    this.#hasDelivered = false
    const { mayRepeat, mayMiss } = found.how
    const pauseMs = Math.round(found.pauseMs)
    this.notices.publish({ type: 'resumed', pauseMs, ...(mayRepeat && { mayRepeat }), ...(mayMiss && { mayMiss }) })
    this.#readFrom(found.stream)
  }
}
