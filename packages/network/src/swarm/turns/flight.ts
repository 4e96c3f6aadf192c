/**
 * How much may be in flight: bytes that were sent and that nothing has answered yet.
 *
 * A sender that fills every buffer on the way makes a queue there, in which whatever comes later waits for seconds. So the bytes in flight are held to what
 * the path carries in its smallest round trip and a short time more: the path is never idle, and its queue is no longer than that time (congestion control by
 * delay, as FAST TCP has it). Marks between the bytes are answered by the peer; the answers tell the round trip. Reads no clock: the caller passes the time.
 *
 *   a round          one round trip in which what was changed takes effect, one in which the shortest trip is looked for
 *   queue too long   in every trip: the window shrinks to what fits, at most to a half
 *   queue short      and the window was full: it grows, by a half at most
 *   path is slower   the window has shrunk to a quarter, and round trips are as long as before: this one is the smallest from now on
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

/** Growth and shrinking of the window in one round. */
const growth = 1.5
const shrinkage = 0.5
/** A queue that is ours goes when the window shrinks. One that stays, by these shares, is the path itself, a busy machine, or somebody else's. */
const shrunkShare = 0.25
const staysShare = 0.7

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
  /** The window and the round trip as the window began to shrink. */
  #shrinking: { readonly windowBytes: number; readonly tripMs: number; rounds: number } | undefined

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

  /** Whether more may be sent by who accepts a queue of so many ms; whoever was refused asks again after the next answer. */
  hasRoom(nowMs: number, queueMs = this.#rules.queueMs): boolean {
    const { baseMs } = this
    const oldestMs = this.#marks[0]?.atMs
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
    this.#answeredBytes = mark.bytes
    const tripMs = Math.max(0, nowMs - mark.atMs)
    this.#baseMs = Math.min(this.#baseMs, tripMs)
    if (this.#silence === 'lasts') this.#silence = tripMs
    if (this.#tripMs !== undefined) this.#tripMs = Math.min(this.#tripMs, tripMs)
    if (mark.bytes <= this.#untilBytes) return
    // A larger window is filled at once: that burst makes a queue of its own, which goes.
    if (this.#tripMs === undefined && mark.bytes < (this.#fullBytes ?? 0)) return
    this.#untilBytes = this.#sentBytes
    if (this.#tripMs === undefined) this.#tripMs = Number.POSITIVE_INFINITY
    else this.#endRound(Math.max(this.#tripMs, this.#silence as number))
  }

  #endRound(tripMs: number): void {
    const { queueMs } = this.#rules
    const share = (this.#baseMs + queueMs) / tripMs
    const isLong = tripMs - this.#baseMs > queueMs
    if (isLong) this.#resize(Math.max(share, shrinkage))
    else if (this.#fullBytes !== undefined) this.#resize(tripMs - this.#baseMs < queueMs / 2 ? growth : Math.min(share, growth))
    if (isLong) this.#judgePath(tripMs)
    else this.#shrinking = undefined
    this.#tripMs = undefined
    this.#silence = 0
    this.#fullBytes = undefined
  }

  #resize(share: number): void {
    const { windowMinBytes, windowMaxBytes } = this.#rules
    this.#windowBytes = Math.min(windowMaxBytes, Math.max(windowMinBytes, this.#windowBytes * share))
  }

  #judgePath(tripMs: number): void {
    this.#shrinking ??= { windowBytes: this.#windowBytes, tripMs, rounds: 0 }
    const { windowBytes, tripMs: beforeMs } = this.#shrinking
    const rounds = ++this.#shrinking.rounds
    const isSmallest = this.#windowBytes === this.#rules.windowMinBytes && rounds > 2
    if (!isSmallest && this.#windowBytes > windowBytes * shrunkShare) return
    if (tripMs > beforeMs * staysShare) this.#baseMs = tripMs
    this.#shrinking = undefined
  }
}
