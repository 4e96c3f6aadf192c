/**
 * How much may be in flight: bytes that were sent and that nothing has answered yet.
 *
 * A sender that fills every buffer on the way makes a queue there, in which whatever comes later waits for seconds. So the bytes in flight are held to what
 * the path carries in its smallest round trip and a short time more: the path is never idle, and its queue is no longer than that time (congestion control by
 * delay, as FAST TCP has it). Marks between the bytes are answered by the peer; the answers tell the round trip. Reads no clock: the caller passes the time.
 *
 *   a round          one round trip in which what was changed takes effect, one in which the shortest trip is looked for: a machine that is busy for a moment
 *                    makes some trips long, a queue all of them
 *   no queue         and the window was full: it doubles in each round trip, until a queue shows. So it does at the beginning
 *   queue too long   the window shrinks to what fits
 *   queue stays      or is far too long: nothing is sent until all is answered. The next trips have no queue of ours, so they are the smallest from now on
 *   fast path        keeps the window for the rate that it has shown. That rate counts half in each round with too long a queue
 *   no answer        nothing more is sent while the oldest mark waits for twice as long as it should
 */

export interface FlightRules {
  /** The queue that the window allows, ms. */
  readonly queueMs: number
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

/** The rate of the path is taken over so long, ms. */
const rateMs = 50
/** Of a path that carries so much in the time of a queue, bytes, a long trip is rather a machine that is busy. */
const fastBytes = 262_144
/** A queue is far too long if the window had to shrink to less. */
const shrinkage = 0.5
/** A queue stays if it is too long in so many rounds. */
const longRoundsMax = 3
/** Trips without a queue of ours that are looked at, since a busy machine makes some of them long. */
const clearTrips = 2

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
  #sentBytes = 0
  #answeredBytes = 0
  #marks: Mark[] = []
  #windowBytes: number
  /** The smallest round trip, ms. */
  #baseMs = Number.POSITIVE_INFINITY
  /** The smallest round trip of this round; `undefined` while what was changed is to take effect. */
  #tripMs: number | undefined
  /** That part of the round ends when a mark behind this byte is answered. */
  #untilBytes = 0
  /** What was sent when the window was full, the first time in this round; `undefined`: it was not. */
  #fullBytes: number | undefined
  /** Nothing was sent because no answer came, and then the round trip that this was about, ms: whoever waits sees no queue. */
  #silence: 'lasts' | number = 0
  /** Rounds with too long a queue, one after the other. */
  #longRounds = 0
  /** No queue has shown: the window grows by all that is answered. */
  #doubling = true
  #pause: Pause | undefined
  /** What the path carries in the time of a queue, as far as it has shown. */
  #queueBytes = 0
  /** Answered at the beginning of the time over which the rate is taken. */
  #rateFrom = { bytes: 0, atMs: 0 }

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

  /** Whether it is time to look how long the path is without a queue of ours. */
  get isClear(): boolean {
    return this.#pause !== undefined && this.#pause.clearMs !== Number.POSITIVE_INFINITY
  }

  /** Whether more may be sent by who accepts a queue of so many ms; whoever was refused asks again after the next answer. */
  hasRoom(nowMs: number, queueMs = this.#rules.queueMs): boolean {
    const { baseMs } = this
    const oldestMs = this.#marks[0]?.atMs
    const isPaused = this.#pause !== undefined && queueMs <= this.#rules.queueMs
    if (isPaused) return false
    if (baseMs === undefined || oldestMs === undefined) return this.#take(this.bytes < this.#windowBytes)
    if (nowMs - oldestMs > 2 * (baseMs + queueMs)) {
      this.#silence = 'lasts'
      return false
    }
    const share = (baseMs + queueMs) / (baseMs + this.#rules.queueMs)
    return this.#take(this.bytes < this.#windowBytes * share)
  }

  #take(hasRoom: boolean): boolean {
    if (!hasRoom) this.#fullBytes ??= this.#sentBytes
    return hasRoom
  }

  sent(bytes: number): void {
    this.#sentBytes += bytes
  }

  /** Sets a mark behind all that was sent. Keys go up; the same key again moves its mark. */
  mark(key: number, nowMs: number): void {
    if (this.#marks.at(-1)?.key === key) this.#marks.pop()
    this.#marks.push({ key, bytes: this.#sentBytes, atMs: nowMs })
  }

  /** The peer has answered the mark, and with it all before. One that was never set, or is answered already, changes nothing. */
  answered(key: number, nowMs: number): void {
    let mark: Mark | undefined
    while (this.#marks[0] !== undefined && this.#marks[0].key <= key) mark = this.#marks.shift()
    if (mark === undefined) return
    const isOfRound = mark.bytes > this.#untilBytes
    // Who is more urgent has sent more than the window.
    const carriedBytes = isOfRound ? Math.max(this.#windowBytes, this.bytes) : this.#windowBytes
    const answeredBytes = mark.bytes - this.#answeredBytes
    this.#answeredBytes = mark.bytes
    this.#measureRate(nowMs)
    const tripMs = Math.max(0, nowMs - mark.atMs)
    this.#baseMs = Math.min(this.#baseMs, tripMs)
    if (this.#pause !== undefined) return this.#look(this.#pause, mark, nowMs)
    if (this.#silence === 'lasts') this.#silence = tripMs
    if (this.#tripMs !== undefined) this.#tripMs = Math.min(this.#tripMs, tripMs)
    const isShort = this.#silence === 0 && this.#queueShare(tripMs) < 0.5
    if (this.#doubles && this.#fullBytes !== undefined && isShort) this.#resize(carriedBytes + answeredBytes)
    if (!isOfRound) return
    // A larger window is filled at once: that burst makes a queue of its own, which goes.
    if (this.#tripMs === undefined && mark.bytes < (this.#fullBytes ?? 0)) return
    this.#untilBytes = this.#sentBytes
    if (this.#tripMs === undefined) this.#tripMs = Number.POSITIVE_INFINITY
    else this.#endRound(this.#tripMs, nowMs)
  }

  #measureRate(nowMs: number): void {
    const { bytes, atMs } = this.#rateFrom
    if (nowMs - atMs < rateMs) return
    this.#queueBytes = Math.max(this.#queueBytes, ((this.#answeredBytes - bytes) / (nowMs - atMs)) * this.#rules.queueMs)
    this.#rateFrom = { bytes: this.#answeredBytes, atMs: nowMs }
  }

  get #isFast(): boolean {
    return this.#queueBytes >= fastBytes
  }

  /** Where the trip is short the queue shows before the window has grown far. */
  get #doubles(): boolean {
    return this.#doubling || this.#baseMs * 4 < this.#rules.queueMs
  }

  /** How long a queue this trip has seen, as a share of what it may be. */
  #queueShare(tripMs: number): number {
    return (tripMs - this.#baseMs) / this.#rules.queueMs
  }

  #endRound(tripMs: number, nowMs: number): void {
    const isFull = this.#fullBytes !== undefined
    const longestMs = Math.max(tripMs, this.#silence as number)
    const share = (this.#baseMs + this.#rules.queueMs) / longestMs
    this.#nextRound()
    if (share < 1) this.#queueBytes /= 2
    this.#longRounds = this.#queueShare(tripMs) > 1 && !this.#isFast ? this.#longRounds + 1 : 0
    const isFarTooLong = this.#baseMs + this.#rules.queueMs < tripMs * shrinkage && !this.#isFast
    if (this.#longRounds >= longRoundsMax || isFarTooLong) return this.#stop(tripMs, nowMs)
    if (share >= 1 && !isFull) return
    this.#doubling = this.#queueShare(longestMs) < 0.25
    if (!this.#doubles || share < 1) this.#resize(this.#windowBytes * share)
  }

  #nextRound(): void {
    this.#tripMs = undefined
    this.#silence = 0
    this.#fullBytes = undefined
  }

  #resize(bytes: number): void {
    const { windowMinBytes, windowMaxBytes } = this.#rules
    this.#windowBytes = Math.min(windowMaxBytes, Math.max(this.#isFast ? this.#queueBytes : windowMinBytes, bytes))
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
    this.#nextRound()
    this.#untilBytes = this.#sentBytes
    this.#baseMs = pause.shortestMs
    this.#doubling = true
    this.#resize(this.#windowBytes * Math.min(1, (this.#baseMs + this.#rules.queueMs) / pause.tripMs))
  }
}
