/**
 * How much may be in flight: bytes that were sent and that nothing has answered yet.
 *
 * A sender that fills every buffer on the way makes a queue there, in which whatever comes later waits for seconds. So once a queue has shown, the bytes in
 * flight are held to what the path delivers in its smallest round trip and a short time more: the path is never idle, and its queue is no longer than that
 * time. Marks between the bytes are answered by the peer; the answers tell the round trip. Reads no clock: the caller passes the time.
 *
 *   a round          from a change until what was sent after it is answered. The shortest trip in it counts: a machine that is busy for a moment makes some
 *                    trips long, a queue all of them
 *   no queue         and the window was full: it doubles in each round trip until a queue shows, later it grows by a quarter. A window that is not full
 *                    holds nobody up, and stays as it is
 *   queue too long   the window is what the path delivers, by the largest rate of late; if that was no help, by the last one
 *   queue stays      then the path may have become longer: nothing is sent until all is answered, and the next trips are the smallest from now on. So it is
 *                    where a long path has become much shorter. A trip that was a queue then is known for one afterwards
 */
import { flightRoundMinMs, longWayMs, swayRoundsMax } from '../../settings.ts'
import { DeliveryRate } from './delivery-rate.ts'

export interface FlightRules {
  /** The queue that the window allows, ms: a quarter of the smallest round trip, within these. */
  readonly queueMinMs: number
  readonly queueMaxMs: number
  readonly windowMinBytes: number
  readonly windowFirstBytes: number
  readonly windowMaxBytes: number
}

interface Mark {
  readonly key: number
  /** Sent before it, since the beginning. */
  readonly bytes: number
  readonly atMs: number
}

/** The queue is too long, or there is none, as shares of what it may be. */
const longShare = 1.5
const shortShare = 0.75
/** If the trip is still so large a part of what it was, half a window was no help. */
const noHelpShare = 0.85
const growth = 1.25
const fastGrowth = 1.5
/** Trips of a long way are longer by this share of it now and then, without a queue: TCP has a window of its own. */
const swayShare = 0.5
/** At the beginning the trips of a long way are longer by this share, since TCP's own window grows: that is no queue yet. */
const beginShare = 0.25
/** Trips without a queue of ours that are looked at, since a busy machine makes some of them long. */
const clearTrips = 2
/** What lasts so large a share of the trip with a queue is the way, and no queue. */
const wayShare = 0.7
/** A trip that is longer than a known queue by this share may be a longer way. */
const knownShare = 1.25

interface Round {
  /** What was sent before is not of it. */
  readonly fromBytes: number
  /** It ends when what is sent after this is answered; infinity: nothing of it was answered yet. */
  toBytes: number
  readonly sinceMs: number
  shortestMs: number
  isFull: boolean
}

const roundFrom = (fromBytes: number, sinceMs: number, toBytes = Number.POSITIVE_INFINITY): Round => ({
  ...{ fromBytes, toBytes, sinceMs },
  shortestMs: Number.POSITIVE_INFINITY,
  isFull: false
})

/** Nothing is sent until all is answered. */
interface Pause {
  /** What was sent before. */
  readonly bytes: number
  /** The round trip that it was made for. */
  readonly tripMs: number
  /** When all was answered. */
  clearMs: number
  shortestMs: number
  trips: number
}

export class Flight {
  readonly #rules: FlightRules
  readonly #rate = new DeliveryRate()
  #sentBytes = 0
  #answeredBytes = 0
  #marks: Mark[] = []
  #windowBytes: number
  /** The smallest round trip, ms. */
  #baseMs = Number.POSITIVE_INFINITY
  #round: Round = roundFrom(0, 0)
  /** Rounds with too long a queue, one after the other, and the window before them. */
  #longRounds = 0
  #fullBytes = 0
  #swayRounds = 0
  /** The window and the trip before it was halved. */
  #before = { windowBytes: 0, tripMs: 0 }
  /** No queue has shown. */
  #doubling = true
  #pause: Pause | undefined
  /** The trip that was a queue when it was looked, ms: the smallest window is one on a slow path. */
  #queuedMs = 0
  /** The smallest round trip when it was looked for last, ms. If it is far smaller now the way has become shorter: how short, a queue does not tell. */
  #seenMs = 0

  constructor(rules: FlightRules) {
    this.#rules = rules
    this.#windowBytes = rules.windowFirstBytes
  }

  get bytes(): number {
    return this.#sentBytes - this.#answeredBytes
  }

  get windowBytes(): number {
    return this.#windowBytes
  }

  /** What the path delivers in half the time of the queue. */
  get pieceBytes(): number {
    return (this.#windowBytes * this.#queueMs) / 2 / ((this.baseMs ?? 0) + this.#queueMs)
  }

  /** Bytes sent since the last mark. */
  get unmarkedBytes(): number {
    return this.#sentBytes - (this.#marks.at(-1)?.bytes ?? this.#answeredBytes)
  }

  /** Marks without an answer. */
  get marks(): number {
    return this.#marks.length
  }

  /** The smallest round trip, ms; `undefined` before the first answer. */
  get baseMs(): number | undefined {
    return this.#baseMs === Number.POSITIVE_INFINITY ? undefined : this.#baseMs
  }

  /** Whether a queue has shown, so that what is in flight is held to what the path delivers. */
  get isHeld(): boolean {
    return !this.#doubling
  }

  /** Whether it is time to look how long the path is without a queue of ours. */
  get isClear(): boolean {
    return this.#pause !== undefined && this.#pause.clearMs !== Number.POSITIVE_INFINITY
  }

  /** The queue that the window allows, ms. */
  get #queueMs(): number {
    const { queueMinMs, queueMaxMs } = this.#rules
    return Math.min(queueMaxMs, Math.max(queueMinMs, this.#baseMs / 4))
  }

  /** Whether more may be sent by who accepts a queue that is longer by so many ms; whoever was refused asks again after the next answer. */
  hasRoom(moreMs = 0): boolean {
    if (this.#pause !== undefined && moreMs <= 0) return false
    const fitsMs = (this.baseMs ?? 0) + this.#queueMs
    const share = (fitsMs + moreMs) / fitsMs
    const hasRoom = this.bytes < this.#windowBytes * share
    if (!hasRoom) this.#round.isFull = true
    return hasRoom
  }

  sent(bytes: number): void {
    this.#sentBytes += bytes
  }

  /** Sets a mark behind all that was sent. Keys go up. */
  mark(key: number, nowMs: number): void {
    this.#marks.push({ key, bytes: this.#sentBytes, atMs: nowMs })
  }

  /** The peer has answered the mark, and with it all before. One that was never set, or is answered already, changes nothing. */
  answered(key: number, nowMs: number): void {
    let mark: Mark | undefined
    while (this.#marks[0] !== undefined && this.#marks[0].key <= key) mark = this.#marks.shift()
    if (mark === undefined) return
    const newBytes = mark.bytes - this.#answeredBytes
    this.#answeredBytes = mark.bytes
    const tripMs = Math.max(0, nowMs - mark.atMs)
    this.#baseMs = Math.min(this.#baseMs, tripMs)
    this.#rate.measure(this.#answeredBytes, nowMs, this.#baseMs)
    if (this.#pause !== undefined) return this.#look(this.#pause, mark, nowMs)
    if (this.#baseMs < this.#seenMs / 2 && this.#seenMs > longWayMs) return this.#stop(tripMs, nowMs)
    const isShort = tripMs - this.#baseMs < Math.max(this.#queueMs * shortShare, this.#doubling ? this.#baseMs * beginShare : 0)
    if (this.#doubles && this.#round.isFull && isShort) this.#resize(this.#windowBytes + newBytes)
    if (mark.bytes <= this.#round.fromBytes) return
    this.#round.shortestMs = Math.min(this.#round.shortestMs, tripMs)
    if (this.#round.toBytes === Number.POSITIVE_INFINITY) this.#round.toBytes = this.#sentBytes
    if (mark.bytes > this.#round.toBytes && nowMs - this.#round.sinceMs >= flightRoundMinMs) this.#endRound(nowMs)
  }

  /** Where the trip is short the queue shows before the window has grown far. */
  get #doubles(): boolean {
    return this.#doubling || this.#baseMs * 4 < this.#queueMs
  }

  #endRound(nowMs: number): void {
    const { isFull, shortestMs: tripMs } = this.#round
    const queueMs = tripMs - this.#baseMs
    const share = queueMs / this.#queueMs
    const isLong = isFull && this.#isLong(queueMs)
    const isShort = isFull && share < shortShare && !this.#doubles
    // Where nothing changes the next round has begun already.
    this.#round = isLong || isShort ? roundFrom(this.#sentBytes, nowMs) : roundFrom(this.#answeredBytes, nowMs, this.#sentBytes)
    if (isLong) return this.#shrink(tripMs, nowMs)
    this.#longRounds = 0
    if (isShort) this.#resize(this.#windowBytes * (share < shortShare / 2 ? fastGrowth : growth))
  }

  #shrink(tripMs: number, nowMs: number): void {
    this.#doubling = false
    this.#longRounds += 1
    if (this.#longRounds === 1) {
      this.#fullBytes = this.#windowBytes
      this.#before = { windowBytes: this.#windowBytes, tripMs }
    } else {
      this.#rate.halve()
      if (this.#windowBytes <= Math.max(this.#before.windowBytes / 2, this.#rules.windowMinBytes)) {
        if (tripMs >= this.#before.tripMs * noHelpShare && tripMs > this.#queuedMs * knownShare) return this.#stop(tripMs, nowMs)
        this.#before = { windowBytes: this.#windowBytes, tripMs }
      }
    }
    const fitsMs = this.#baseMs + this.#queueMs
    this.#resize(Math.min(this.#windowBytes, Math.max(this.#rate.largest, this.#windowBytes / tripMs) * fitsMs))
  }

  /** A trip that is not much longer on a long way must be so for some rounds. */
  #isLong(queueMs: number): boolean {
    if (queueMs <= this.#queueMs * longShare) this.#swayRounds = 0
    else this.#swayRounds += 1
    return this.#swayRounds >= swayRoundsMax || (this.#swayRounds > 0 && queueMs > this.#baseMs * swayShare)
  }

  #resize(bytes: number): void {
    const { windowMinBytes, windowMaxBytes } = this.#rules
    this.#windowBytes = Math.min(windowMaxBytes, Math.max(windowMinBytes, bytes))
  }

  #stop(tripMs: number, nowMs: number): void {
    const clearMs = this.bytes === 0 ? nowMs : Number.POSITIVE_INFINITY
    this.#pause = { bytes: this.#sentBytes, tripMs, clearMs, shortestMs: Number.POSITIVE_INFINITY, trips: 0 }
  }

  #look(pause: Pause, mark: Mark, nowMs: number): void {
    if (pause.clearMs === Number.POSITIVE_INFINITY) {
      if (mark.bytes >= pause.bytes) pause.clearMs = nowMs
      return
    }
    if (mark.atMs < pause.clearMs) return
    pause.shortestMs = Math.min(pause.shortestMs, nowMs - mark.atMs)
    if (++pause.trips < clearTrips) return
    this.#pause = undefined
    this.#longRounds = 0
    this.#baseMs = pause.shortestMs
    this.#seenMs = this.#baseMs
    this.#round = roundFrom(this.#sentBytes, nowMs)
    this.#queuedMs = 0
    if (this.#baseMs < pause.tripMs * wayShare) {
      this.#queuedMs = pause.tripMs
      return
    }
    // There was no queue: the way is that long.
    this.#doubling = true
    this.#resize(Math.max(this.#windowBytes, this.#fullBytes))
  }
}
