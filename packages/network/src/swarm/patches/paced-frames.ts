/**
 * The frames of one connection, handled a few at a time.
 *
 * The muxer would handle whatever a socket brought in one go: 64 KiB are 5,000 frames that each open a substream or want an answer, and a socket brings
 * up to two megabytes in a turn of the event loop. Here the time is counted that they take, with everything they lead to. Who has used up its share
 * waits, and its socket is not read meanwhile.
 */
import type { MessageStream } from '@libp2p/interface'
import type { TurnShare, Turns } from '../turns/turn-share.ts'
import { arrivalAge, handleArrival } from './arrival.ts'

type Bytes = Parameters<MessageStream['send']>[0]

interface Frame {
  readonly header: { readonly type: number; readonly flag: number }
}

/** What Yamux has inside. */
export interface Muxing {
  readonly decoder: { readonly buffer: { readonly byteLength: number }; emitFrames(bytes: Bytes): Iterable<Frame> }
  handleFrame(frame: Frame): void
  onData(bytes: Bytes): void
  onTransportClosed(error?: Error): void
  abort(error: Error): void
}

export interface FrameRules {
  /** Frames are handled for so long before what they lead to is waited for. */
  readonly sliceMs: number
  /** And no more new substreams than this. */
  readonly openingsPerSlice: number
  /** What a connection that was closed has left is handled for so long at most: a last answer must not get lost for a pause of the process. */
  readonly closingMs: number
  /** A frame that is not yet whole has at most so many bytes. */
  readonly unfinishedBytesMax: number
  /** Frames that want an answer, while none goes out; one more ends the connection. */
  readonly unansweredMax: number
}

/** Whose frames these are. */
export interface Sender {
  /** What of a turn is there for it, and for those like it. */
  share(): TurnShare
  /** So long it is not to be read after this, ms; `openings`: substreams it opened. */
  charge(tookMs: number, openings: number): number
}

/** The turns of an event loop, and an alarm. */
export interface PacedTurns extends Turns {
  after(delayMs: number, run: () => void): unknown
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

  constructor(source: MessageStream, muxer: Muxing, sender: Sender, rules: FrameRules, turns: PacedTurns) {
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

  /** Pings, and substreams over the limit, are answered at once; whoever does not read would have us keep the answers. */
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
