/**
 * When the streams to a peer may write: the way to it takes only so much, and what is urgent goes first.
 *
 * What was handed to a socket can't be overtaken any more: a second of bulk data in the buffers of sockets and routers is a second that every heartbeat and pose
 * waits. So bytes in flight are held to what the path carries at once and a short queue. How much is in flight tell pings of the muxer, which every peer answers,
 * ours or not. Heartbeats and requests are written at once, without asking here.
 */
import type { Clock } from '@auki/canonical'
import { afterThis } from '#turns'
import { flightMarks, flightRules, lessQueueMs, moreQueueMs } from '../swarm/node-limits.ts'
import type { MuxerPings } from '../swarm/patches/muxer-pings.ts'
import { Flight } from '../swarm/turns/flight.ts'
import { type Place, type Urgency, WriteOrder } from '../swarm/turns/write-order.ts'

export class Uplink {
  readonly #timers: Clock
  /** None where the path can't be measured: then there is always room. */
  readonly #pings: MuxerPings | undefined
  readonly #flight = new Flight(flightRules)
  readonly #order = new WriteOrder()
  /** Pings sent. */
  #pinged = 0
  #pingedMs = Number.NEGATIVE_INFINITY
  /** When it is looked again; infinity: that is not planned. */
  #lookMs = Number.POSITIVE_INFINITY
  #cancelLook = () => {}
  #granting = false
  /** Set while no ping was ever answered: since when. */
  #mutedMs: number | undefined

  constructor(timers: Clock, pings: MuxerPings | undefined) {
    this.#timers = timers
    this.#pings = pings
    // What the way takes by itself is known best before the first bytes.
    if (pings !== undefined) this.#ping(timers.monoMs())
  }

  /** Most bytes that are to be written at a time: whoever comes next waits for no more than these. */
  pieceBytes(max: number): number {
    if (this.#pings === undefined) return max
    return Math.min(max, Math.floor(this.#pieceBytes))
  }

  get #pieceBytes(): number {
    return Math.max(flightMarks.pieceBytesMin, this.#flight.pieceBytes)
  }

  /** Whether a stream of this urgency may write a piece now. */
  isFree(urgency: Urgency, place: Place = 'next'): boolean {
    return this.#pings === undefined || (this.#order.isFirst(urgency, place) && this.#hasRoom(urgency, place))
  }

  /** Calls `run` once, when it may write a piece; the returned function takes that back. */
  wait(urgency: Urgency, run: () => void, place: Place = 'next'): () => void {
    const stop = this.#order.wait(urgency, run, place)
    this.#grant()
    this.#look()
    return stop
  }

  /** A stream has written a piece. */
  sent(bytes: number): void {
    if (this.#pings === undefined) return
    this.#flight.sent(bytes)
    this.#look()
  }

  #hasRoom(urgency: Urgency, place: Place): boolean {
    if (this.#isMute(this.#timers.monoMs())) return true
    // What was not begun can still become another entry: it is written when little is before it. What was begun is to arrive.
    const begins = urgency === 'bulk' && place === 'next' && this.#flight.isHeld
    return this.#flight.hasRoom(begins ? -lessQueueMs : moreQueueMs[urgency])
  }

  /** It answers no pings: then nothing can be measured. */
  #isMute(nowMs: number): boolean {
    return this.#mutedMs !== undefined && nowMs - this.#mutedMs > flightMarks.answerMs
  }

  /** One after the other: each writes before there is seen whether the next one has room. */
  #grant(): void {
    if (this.#granting) return
    const run = this.#order.next((urgency, place) => this.#hasRoom(urgency, place))
    if (run === undefined) return
    this.#granting = true
    run()
    afterThis(() => {
      this.#granting = false
      this.#grant()
    })
  }

  #onAnswer(mark: number): void {
    this.#mutedMs = undefined
    this.#flight.answered(mark, this.#timers.monoMs())
    this.#look()
    this.#grant()
  }

  /** Pings if that is due, and plans when to look again. */
  #look(): void {
    const nowMs = this.#timers.monoMs()
    if ((this.#flight.bytes === 0 && !this.#flight.isClear) || this.#isMute(nowMs)) return
    if (nowMs >= this.#dueMs()) this.#ping(nowMs)
    const dueMs = this.#dueMs()
    if (dueMs >= this.#lookMs) return
    this.#cancelLook()
    this.#lookMs = dueMs
    this.#cancelLook = this.#timers.after(Math.max(1, dueMs - nowMs), () => {
      this.#lookMs = Number.POSITIVE_INFINITY
      this.#look()
      this.#grant()
    })
  }

  #dueMs(): number {
    const { unmarkedBytes, marks, isClear, isHeld, baseMs = 0 } = this.#flight
    if (isClear && marks < flightMarks.clearMax) return this.#pingedMs + flightMarks.everyMs
    if (marks >= 2 * flightMarks.unansweredMax) return Number.POSITIVE_INFINITY
    if (unmarkedBytes === 0 || marks >= flightMarks.unansweredMax) return this.#pingedMs + flightMarks.repeatMs
    if (unmarkedBytes >= this.#pieceBytes || (marks === 0 && this.#order.isWaiting)) return this.#pingedMs
    if (unmarkedBytes < flightMarks.pieceBytesMin) return this.#pingedMs + Math.max(flightMarks.fewEveryMs, baseMs / 8)
    return this.#pingedMs + Math.max(isHeld ? flightMarks.everyMs : flightMarks.freeEveryMs, baseMs / 8)
  }

  #ping(nowMs: number): void {
    this.#pingedMs = nowMs
    const mark = ++this.#pinged
    try {
      this.#pings!.send(() => this.#onAnswer(mark))
      this.#flight.mark(mark, nowMs)
      if (this.#flight.baseMs === undefined) this.#mutedMs ??= nowMs
    } catch {
      // The connection is over, and the streams are told of that.
    }
  }
}
