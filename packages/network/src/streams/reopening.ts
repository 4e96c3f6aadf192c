/** Opening a broken stream again: as soon as its peer is a member and connected, then with an exponential backoff, until it cannot succeed any more. */

import { reasonOf } from '@auki/canonical'
import type { RuntimeEnv } from '../exchange/env.ts'
import { RuntimeError } from '../exchange/exchange-errors.ts'
import { pause } from '../exchange/pause.ts'
import type { EndReason, StreamManifest, StreamRequest } from '../protocols/stream-types.ts'
import type { Bookmark, Continued } from './bookmark.ts'
import type { OpenedStream, Opener } from './opening.ts'
import { OpenStreamError } from './stream-errors.ts'

/** Where to wait for the peers of broken streams. */
export interface StreamPeers {
  /** Resolves when the peer and we are members, and connected. Rejects with the signal's reason, or with why that will not be any more. */
  together(peerId: string, signal: AbortSignal): Promise<void>
}

export interface ReopeningInit {
  readonly env: RuntimeEnv
  readonly opener: Opener
  readonly peers: StreamPeers
  readonly peerId: string
  /** As it was asked at first. */
  readonly request: StreamRequest
  readonly expected: Partial<StreamManifest>
  readonly bookmark: Bookmark
}

export type Reopened =
  | { readonly stream: OpenedStream; readonly pauseMs: number; readonly how: Continued }
  | { readonly over: EndReason; readonly cause: unknown }

export class Reopening {
  readonly #init: ReopeningInit
  #openedAtMs: number
  #pauseMs = 0

  constructor(init: ReopeningInit) {
    this.#init = init
    this.#openedAtMs = init.env.timers.monoMs()
  }

  /** Resolves to the stream that goes on, or to why none does; `newestOnly`: what was missed is not wanted. Rejects with the signal's reason. */
  async again(newestOnly: boolean, signal: AbortSignal): Promise<Reopened> {
    const { timers, limits } = this.#init.env
    const brokenAtMs = timers.monoMs()
    // The backoff goes on for a stream that breaks as soon as it is open, or it would be opened in an endless loop.
    if (brokenAtMs - this.#openedAtMs >= limits.streamResumePauseMaxMs) this.#pauseMs = 0
    for (;;) {
      await this.#pause(signal)
      const found = await this.#attempt(newestOnly, signal)
      if (found === undefined) continue
      this.#openedAtMs = timers.monoMs()
      return 'over' in found ? found : { ...found, pauseMs: this.#openedAtMs - brokenAtMs }
    }
  }

  /** None before the first attempt; then the backoff, each with a random half. */
  async #pause(signal: AbortSignal): Promise<void> {
    const { timers, limits, random } = this.#init.env
    const pauseMs = this.#pauseMs * (0.5 + random() / 2)
    this.#pauseMs = Math.min(Math.max(2 * this.#pauseMs, limits.streamResumePauseMinMs), limits.streamResumePauseMaxMs)
    signal.throwIfAborted()
    if (pauseMs > 0) await pause(timers, pauseMs, signal)
  }

  /** One attempt; `undefined`: it failed, and another one may succeed. */
  async #attempt(
    newestOnly: boolean,
    signal: AbortSignal
  ): Promise<Omit<Extract<Reopened, { stream: unknown }>, 'pauseMs'> | Extract<Reopened, { over: unknown }> | undefined> {
    const { peers, peerId, opener, request, expected, bookmark, env } = this.#init
    try {
      await peers.together(peerId, signal)
    } catch (cause) {
      signal.throwIfAborted()
      return { over: { kind: 'connection_lost' }, cause }
    }
    try {
      const place = bookmark.ask(newestOnly)
      const { fromPosition, ...asked } = request
      const stream = await opener.open({ peerId, request: { ...asked, ...place }, expected, signal })
      const how = bookmark.turnTo(stream.manifest, newestOnly)
      if (typeof how === 'object') return { stream, how }
      const cause = new Error(how === 'another-session' ? 'the producer has another session by now' : 'the producer counts anew')
      stream.release(cause)
      return how === 'another-session' ? { over: { kind: 'session_ended' }, cause } : undefined
    } catch (cause) {
      signal.throwIfAborted()
      env.log('debug', `the stream of "${request.resourceId}" from ${peerId} is not open again yet: ${reasonOf(cause)}`)
      return finalOf(cause)
    }
  }
}

/** How the stream has ended, where a failure to open it is final; `undefined`: it may be tried again. */
function finalOf(cause: unknown): Extract<Reopened, { over: unknown }> | undefined {
  if (!(cause instanceof OpenStreamError)) return { over: { kind: 'protocol', detail: reasonOf(cause) }, cause }
  if (cause.cause instanceof RuntimeError) return { over: { kind: 'connection_lost' }, cause }
  if (cause.code === 'manifest-mismatch') return { over: { kind: 'session_ended' }, cause }
  if (cause.code !== 'declined') return undefined
  const { kind, detail = '' } = cause.details['reason'] as { kind: string; detail?: string }
  switch (kind) {
    // The log it was is not there any more.
    case 'sensor_not_found':
      return { over: { kind: 'session_ended' }, cause }
    case 'producer_shutting_down':
      return { over: { kind: 'producer_shutting_down' }, cause }
    case 'other':
      return detail.startsWith('limit ') ? undefined : { over: { kind: 'producer_error', detail }, cause }
    default:
      return undefined
  }
}
