import type { ChunkSink, Substream } from '../exchange/substream.ts'
import { streamHandOffMax } from '../protocols/limits.ts'
import { FRAME_BYTES_MAX } from '../protocols/stream.ts'
import { handOffBytesMax } from '../settings.ts'
import { ChunkQueue, type Frame } from './chunk-queue.ts'

/** Low-water mark: reading goes on when fewer frames than this are left. */
const handOffLow = streamHandOffMax / 2

/** Frames that have arrived on a substream and wait to be taken. Above a high-water mark the substream is paused, so that the peer must stop sending. */
export class Intake implements ChunkSink {
  /** Called after every change. */
  onChange: () => void = () => {}
  /** The peer will send no more; with an error when the substream was cut. */
  ended: { readonly error: Error | undefined } | undefined
  readonly #substream: Substream
  readonly #queue = new ChunkQueue(FRAME_BYTES_MAX)
  readonly #unlisten: () => void
  #paused = false
  #resuming = false
  /** Whole frames that wait, at least, while paused. */
  #waiting = 0

  constructor(substream: Substream) {
    this.#substream = substream
    this.#unlisten = substream.listen(this)
  }

  /** Takes the next frame; `undefined` while there is none. @throws CodecError 'frame-too-large' | 'empty-frame' */
  take(): Frame | undefined {
    const frame = this.#queue.take()
    if (this.#paused && !this.#resuming && --this.#waiting < handOffLow && !this.#isFull()) {
      this.#resuming = true
      // Not at once: what was held back comes within the call, and this frame is not handed on yet.
      queueMicrotask(() => this.#resume())
    }
    return frame
  }

  /** Takes nothing more and forgets what it holds. */
  stop(): void {
    this.onChange = () => {}
    this.#unlisten()
    this.#queue.clear()
  }

  chunk(bytes: Uint8Array): void {
    this.#queue.push(bytes)
    this.onChange()
    if (this.#paused || this.ended !== undefined || !this.#isFull()) return
    this.#paused = true
    this.#substream.pause()
  }

  end(error: Error | undefined): void {
    this.ended = { error }
    this.onChange()
  }

  #resume(): void {
    this.#resuming = false
    this.#paused = false
    this.#substream.resume()
  }

  // A frame that can't be right is found when its turn comes; until then nothing more is needed.
  #isFull(): boolean {
    try {
      this.#waiting = this.#queue.count(streamHandOffMax)
    } catch {
      return true
    }
    return this.#waiting === streamHandOffMax || (this.#waiting > 0 && this.#queue.bytes > handOffBytesMax)
  }
}
