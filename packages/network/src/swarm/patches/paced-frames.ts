/**
 * The frames of one connection, handled a few at a time.
 *
 * The muxer would handle all that a socket has brought at once: 64 KiB can be 5,000 frames that each open a substream or want an answer, and a socket brings
 * up to two megabytes in a turn of the event loop. Here the time is counted that frames take, with everything they lead to. A connection that has used up its
 * share waits, and its socket is not read meanwhile. It does what Yamux's `onData` does (cut bytes into frames by `decoder.emitFrames`, hand each to
 * `handleFrame`), with pauses.
 *
 * Seen in @libp2p/yamux 8.0.3; canary: canaries.test.ts.
 */
import type { MessageStream } from '@libp2p/interface'
import { arrivalAge, handleArrival } from '../turns/arrival.ts'
import type { TurnShare, Turns } from '../turns/turn-share.ts'

type Bytes = Parameters<MessageStream['send']>[0]

interface Frame {
  readonly header: { readonly type: number; readonly flag: number }
}

/** The private parts of a Yamux muxer. */
export interface Muxing {
  readonly decoder: { readonly buffer: { readonly byteLength: number }; emitFrames(bytes: Bytes): Iterable<Frame> }
  handleFrame(frame: Frame): void
  onData(bytes: Bytes): void
  onTransportClosed(error?: Error): void
  abort(error: Error): void
}

export interface FrameRules {
  /** Frames are handled for so long; then comes what they lead to, before the next. ms */
  readonly sliceMs: number
  /** Nor more frames than this that open a substream. */
  readonly openingsPerSlice: number
  /** What is left of a connection that was closed is handled for so long at most: a last answer must not get lost because the process stood still. ms */
  readonly closingMs: number
  /** Bytes of a frame of which the rest has not arrived. */
  readonly unfinishedBytesMax: number
  /** Frames that want an answer, while the peer takes none; one more ends the connection. */
  readonly unansweredMax: number
}

/** The peer at the other end, and what it may cost. */
export interface Sender {
  /** The share of a turn that it has, together with others of its kind. */
  share(): TurnShare
  /** Its frames took `tookMs` and opened so many substreams; returns how long it is not to be read now, ms. */
  charge(tookMs: number, openings: number): number
}

/** The turns of an event loop, and an alarm. */
export interface PacedTurns extends Turns {
  after(delayMs: number, run: () => void): unknown
}

export interface PacedFramesInit {
  /** The connection that the bytes come from. */
  readonly source: MessageStream
  readonly muxer: Muxing
  readonly sender: Sender
  readonly rules: FrameRules
  readonly turns: PacedTurns
}

const windowUpdate = 1
const ping = 2
const syn = 1

export class PacedFrames {
  readonly #source: MessageStream
  readonly #muxer: Muxing
  readonly #sender: Sender
  readonly #rules: FrameRules
  readonly #turns: PacedTurns
  /** What has come and is not handled, and when. */
  readonly #held: { readonly bytes: Bytes; readonly age: (() => bigint) | undefined }[] = []
  #frames: Iterator<Frame> | undefined
  #age: (() => bigint) | undefined
  /** Since when this connection is at it, in the event under way. */
  #begunMs: number | undefined
  /** Substreams opened since. */
  #openings = 0
  #waiting = false
  #paused = false
  #resuming = false
  #unanswered = 0
  #ended = false

  constructor({ source, muxer, sender, rules, turns }: PacedFramesInit) {
    this.#source = source
    this.#muxer = muxer
    this.#sender = sender
    this.#rules = rules
    this.#turns = turns
  }

  take(bytes: Bytes): void {
    if (this.#ended) return
    this.#held.push({ bytes, age: arrivalAge() })
    if (this.#waiting) return
    if (this.#begunMs === undefined) {
      if (!this.#sender.share().free) return this.#wait(0)
      this.#begin()
    }
    this.#work()
  }

  /** The connection is over: what it brought before is handled, if it was closed and not cut, and if that does not take long. */
  finish(): void {
    if (this.#ended) return
    const { status } = this.#source
    if (status === 'aborted' || status === 'reset') {
      this.#ended = true
      return this.#drop()
    }
    this.#waiting = true
    this.#letSourceGoOn()
    this.#ended = true
    this.#openings = 0
    const endMs = this.#turns.nowMs() + this.#rules.closingMs
    while (this.#openings < this.#rules.openingsPerSlice && this.#turns.nowMs() < endMs && this.#handleNext(() => {}));
    this.#drop()
  }

  #begin(): void {
    const begunMs = this.#turns.nowMs()
    this.#begunMs = begunMs
    this.#openings = 0
    this.#turns.afterThis(() => this.#settle(begunMs))
  }

  #work(): void {
    const before = arrivalAge()
    while (!this.#sliceOver && this.#handleNext((error) => this.#fail(error)));
    handleArrival(before)
  }

  get #sliceOver(): boolean {
    const { sliceMs, openingsPerSlice } = this.#rules
    return this.#openings >= openingsPerSlice || this.#turns.nowMs() - this.#begunMs! >= sliceMs
  }

  /** `false`: nothing is left to be handled. */
  #handleNext(onError: (error: Error) => void): boolean {
    try {
      const frame = this.#next()
      if (frame === undefined) return false
      if (opens(frame)) this.#openings++
      if (opens(frame) || pings(frame)) this.#countUnanswered()
      this.#muxer.handleFrame(frame)
    } catch (error) {
      onError(error as Error)
    }
    return true
  }

  #next(): Frame | undefined {
    for (;;) {
      if (this.#frames === undefined) {
        const chunk = this.#held.shift()
        if (chunk === undefined) return undefined
        handleArrival(chunk.age)
        this.#age = chunk.age
        this.#frames = this.#muxer.decoder.emitFrames(chunk.bytes)[Symbol.iterator]()
      }
      const { value, done } = this.#frames.next()
      if (done !== true) return value
      this.#frames = undefined
      if (this.#muxer.decoder.buffer.byteLength > this.#rules.unfinishedBytesMax) throw new Error('a frame is longer than any window')
    }
  }

  /** Pings, and substreams over the limit, are answered at once: the answers to a peer that does not read would fill our memory. */
  #countUnanswered(): void {
    if (!this.#source.writableNeedsDrain) this.#unanswered = 0
    else if (++this.#unanswered > this.#rules.unansweredMax) throw new Error('it asks on and does not read the answers')
  }

  /** What was handled, and all it led to, is done. */
  #settle(begunMs: number): void {
    const tookMs = this.#turns.nowMs() - begunMs
    const share = this.#sender.share()
    this.#begunMs = undefined
    share.spend(tookMs)
    const restMs = this.#sender.charge(tookMs, this.#openings)
    if (this.#ended) return
    if (restMs > 0 || !share.left) this.#wait(restMs)
    else if (this.#frames !== undefined || this.#held.length > 0) this.#goOn()
    else if (this.#paused) this.#letSourceGoOn()
  }

  /** Nothing is handled, and the source not read, for so long and then until its turn has come. */
  #wait(restMs: number): void {
    this.#waiting = true
    if (!this.#resuming) this.#pauseSource()
    const queue = () => this.#sender.share().wait(() => this.#goOn())
    if (restMs > 0) this.#turns.after(restMs, queue)
    else queue()
  }

  #goOn(): void {
    if (this.#ended) return
    this.#waiting = false
    this.#begin()
    if (this.#frames !== undefined) handleArrival(this.#age)
    this.#work()
    handleArrival(undefined)
  }

  #pauseSource(): void {
    this.#paused = true
    try {
      this.#source.pause()
    } catch {
      // It is closing, and brings nothing more.
    }
  }

  /** What libp2p has kept meanwhile is handed out by this; a pause asked for in there would be forgotten. */
  #letSourceGoOn(): void {
    this.#paused = false
    this.#resuming = true
    try {
      this.#source.resume()
    } catch {
      // It is closing, and brings nothing more.
    }
    this.#resuming = false
    if (this.#waiting && !this.#ended) this.#pauseSource()
  }

  #fail(error: Error): void {
    this.#ended = true
    this.#drop()
    this.#muxer.abort(error)
    this.#source.abort(error)
  }

  #drop(): void {
    this.#held.length = 0
    this.#frames = undefined
  }
}

const opens = ({ header: { type, flag } }: Frame): boolean => type <= windowUpdate && (flag & syn) !== 0
const pings = ({ header: { type, flag } }: Frame): boolean => type === ping && flag === syn
