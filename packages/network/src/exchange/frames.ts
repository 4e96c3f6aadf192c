/** Reading frames from a substream, one at a time; what is held meanwhile is bounded. */

import { abortable } from '@auki/canonical'
import { CodecError } from '../protocols/codec-errors.ts'
import { FrameReader, type FrameRules } from '../protocols/frame.ts'
import { readAheadBytesMax } from '../settings.ts'
import type { Share } from './budget.ts'
import { ResetError } from './exchange-errors.ts'
import type { Substream } from './substream.ts'

interface Waiter {
  resolve(payload: Uint8Array | undefined): void
  reject(error: unknown): void
}

/** Pulls frames from a substream, one `next` at a time. */
export class FrameInput {
  readonly #substream: Substream
  readonly #reader: FrameReader
  readonly #account: Share | undefined
  readonly #unlisten: () => void
  #waiter: Waiter | undefined
  #end: { readonly error: Error | undefined } | undefined

  constructor(substream: Substream, rules: FrameRules, account?: Share) {
    this.#substream = substream
    this.#reader = new FrameReader(rules)
    this.#account = account
    this.#unlisten = substream.listen({ chunk: (bytes) => this.#onChunk(bytes), end: (error) => this.#onEnd({ error }) })
  }

  /**
   * The next payload; `undefined` when the peer ended between two frames.
   *
   * @throws CodecError 'frame-too-large' | 'empty-frame' | 'io', the signal's reason, or why the substream was reset.
   */
  next(signal: AbortSignal): Promise<Uint8Array | undefined> {
    const pulled = new Promise<Uint8Array | undefined>((resolve, reject) => {
      this.#waiter = { resolve, reject }
      this.#serve()
      if (this.#waiter) this.#substream.resume()
    })
    return abortable(pulled, signal)
  }

  /** Reads no more and gives back what it held. */
  stop(): void {
    this.#unlisten()
    this.#account?.release()
  }

  #onChunk(bytes: Uint8Array): void {
    this.#reader.push(bytes)
    if (this.#account?.hold(this.#reader.bufferedBytes) === false)
      this.#onEnd({ error: new ResetError('too many bytes in unfinished frames') })
    else this.#serve()
    if (!this.#waiter && this.#reader.bufferedBytes > readAheadBytesMax) this.#substream.pause()
  }

  #onEnd(end: { readonly error: Error | undefined }): void {
    this.#end ??= end
    this.#serve()
  }

  /** Gives the waiter what there is: a payload, the end, or the error that ends everything. */
  #serve(): void {
    const waiter = this.#waiter
    if (!waiter) return
    try {
      const payload = this.#reader.next()
      if (payload === undefined && !this.#end) return
      if (payload === undefined) this.#throwUnlessCleanEnd()
      this.#waiter = undefined
      waiter.resolve(payload)
    } catch (error) {
      this.#waiter = undefined
      waiter.reject(error)
    }
  }

  #throwUnlessCleanEnd(): void {
    if (this.#end?.error) throw this.#end.error
    this.#reader.end()
  }
}

/** Reads the one frame of a one-shot exchange. @throws as {@link FrameInput.next}; CodecError 'io' when there is none. */
export async function readOneFrame(substream: Substream, rules: FrameRules, signal: AbortSignal, account?: Share): Promise<Uint8Array> {
  const input = new FrameInput(substream, rules, account)
  try {
    const payload = await input.next(signal)
    if (payload === undefined) throw new CodecError('io', 'the peer closed without sending a frame; it declined, or it has no such answer')
    return payload
  } finally {
    input.stop()
  }
}
