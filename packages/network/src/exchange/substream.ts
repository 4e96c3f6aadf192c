/**
 * One libp2p substream, reduced to what our protocols need: chunks in as they arrive, pieces out with backpressure, a graceful end or a reset.
 *
 * libp2p's `onDrain()` works only once per stream and its `drain` event does not mean "all is written", so writing waits on the state and takes
 * events only as a hint to look again.
 */
import { abortable, toError } from '@auki/canonical'
import type { Stream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { bulkPieceBytesMax } from '../protocols/limits.ts'
import { holdRoom } from '../swarm/patches/room.ts'
import { Chunks } from './chunks.ts'

/** Gets what arrives on a substream. */
export interface ChunkSink {
  chunk(bytes: Uint8Array): void
  /** Once, after the last chunk; with an error when the substream was reset. */
  end(error: Error | undefined): void
}

export class Substream {
  readonly #stream: Stream
  readonly #openWindow: () => void
  /** What has arrived while paused, and was not handed over. */
  readonly #held = new Chunks()
  #paused = false
  #handOver = () => {}
  /** Set up once somebody has to wait. */
  #drainage: (() => Promise<void>) | undefined

  constructor(stream: Stream) {
    this.#stream = stream
    this.#openWindow = holdRoom(stream, () => this.#held.bytes + stream.readBufferLength)
  }

  /** Hands everything that arrives to `sink`, what came before included; the returned function stops that. */
  listen(sink: ChunkSink): () => void {
    const stream = this.#stream
    let ended = false
    let handingOver = false
    this.#paused = false
    const onMessage = ({ data }: { data: Uint8Array | Iterable<Uint8Array> }) => {
      for (const chunk of data instanceof Uint8Array ? [data] : data) {
        if (ended || this.#paused || this.#held.bytes > 0) this.#held.push(chunk)
        else sink.chunk(chunk)
      }
      this.#openWindow()
    }
    const end = (error: Error | undefined) => {
      if (ended) return
      stop()
      sink.end(error)
    }
    let closeError: Error | undefined
    // A frame may carry data and the end together, and libp2p tells the end first: look again once the data has been handed over.
    const onMaybeEnd = () => queueMicrotask(() => this.#nothingLeft() && end(closeError))
    const onClose = (event: Event & { error?: Error }) => {
      closeError = event.error
      onMaybeEnd()
    }
    const stop = () => {
      ended = true
      this.#handOver = () => {}
      stream.removeEventListener('message', onMessage as never)
      stream.removeEventListener('remoteCloseWrite', onMaybeEnd)
      stream.removeEventListener('end', onMaybeEnd)
      stream.removeEventListener('close', onClose as never)
    }
    this.#handOver = () => {
      if (handingOver) return
      handingOver = true
      while (!this.#paused && !ended && this.#held.bytes > 0) sink.chunk(this.#held.shift()!)
      handingOver = false
      this.#openWindow()
      onMaybeEnd()
    }
    stream.addEventListener('message', onMessage as never)
    stream.addEventListener('remoteCloseWrite', onMaybeEnd)
    stream.addEventListener('end', onMaybeEnd)
    stream.addEventListener('close', onClose as never)
    queueMicrotask(() => this.#handOver())
    return stop
  }

  /** The peer will send no more, and what it sent was handed over. */
  #nothingLeft(): boolean {
    return this.#stream.remoteWriteStatus === 'closed' && this.#stream.readBufferLength === 0 && this.#held.bytes === 0
  }

  /** Hands over no more until `resume`, and opens the receive window no further: the peer can send what is left of it. */
  pause(): void {
    this.#paused = true
  }

  /** Hands over what was held back, until the sink pauses again. */
  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#handOver()
  }

  /**
   * Writes everything, in pieces with a drain between, so that other substreams of the connection get their turn.
   *
   * Rejects with `signal.reason`, or with the reason why the substream ended.
   */
  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    for (let start = 0; start < bytes.length; start += bulkPieceBytesMax) {
      signal.throwIfAborted()
      this.#stream.send(bytes.subarray(start, start + bulkPieceBytesMax))
      if (!this.flushed) await this.flush(signal)
    }
  }

  /** Hands some parts to the transport as one piece, and does not wait: see {@link flush}. @throws when the substream is closed. */
  send(parts: readonly Uint8Array[]): void {
    this.#stream.send(parts.length === 1 ? parts[0]! : new Uint8ArrayList(...parts))
  }

  /** Whether everything written was handed to the transport and it takes more. */
  get flushed(): boolean {
    return this.#stream.writeBufferLength === 0 && !this.#stream.writableNeedsDrain
  }

  /** Resolves when {@link flushed}; rejects with `signal.reason`, or when the substream ends before. */
  flush(signal: AbortSignal): Promise<void> {
    return this.flushed ? Promise.resolve() : abortable(this.drained(), signal)
  }

  /** As {@link flush} without a signal: for a caller that ends the wait by a reset. Cheap enough to be awaited after every piece. */
  drained(): Promise<void> {
    if (this.flushed) return Promise.resolve()
    const stream = this.#stream
    if (stream.status !== 'open') return Promise.reject(new Error(`the substream is ${stream.status}`))
    this.#drainage ??= watchDrainage(stream, () => this.flushed)
    return this.#drainage()
  }

  /** Writes what is left and tells the peer that nothing more will come. The peer may still send; see {@link onClosed}. */
  close(): Promise<void> {
    return this.#stream.close()
  }

  /** Ends both directions at once and throws away what is not yet sent or read. */
  reset(reason: unknown): void {
    this.#held.clear()
    this.#stream.abort(toError(reason))
  }

  /** Whether both directions are over. */
  get closed(): boolean {
    return this.#stream.status !== 'open'
  }

  /** Calls `run` once when both directions are over; the returned function stops that. */
  onClosed(run: () => void): () => void {
    this.#stream.addEventListener('close', run, { once: true })
    return () => this.#stream.removeEventListener('close', run)
  }
}

/** A function whose promise resolves as soon as `flushed` holds, and rejects when the stream is closed. */
function watchDrainage(stream: Stream, flushed: () => boolean): () => Promise<void> {
  const waiting: { resolve(): void; reject(error: Error): void }[] = []
  const take = () => waiting.splice(0)
  const look = () =>
    queueMicrotask(() => {
      if (flushed()) for (const { resolve } of take()) resolve()
    })
  const onClose = (event: Event & { error?: Error }) => {
    for (const { reject } of take()) reject(event.error ?? new Error('the substream was closed while writing'))
  }
  stream.addEventListener('drain', look)
  stream.addEventListener('idle', look)
  stream.addEventListener('close', onClose as never)
  return () => new Promise((resolve, reject) => waiting.push({ resolve, reject }))
}
