/** Reading streams of peers: opening them, and opening them again after a break. */
import type { PayloadKind } from '@auki/datatypes'
import type * as stream from '../protocols/stream.ts'
import { Bookmark } from './bookmark.ts'
import { type Asked, type OpenedStream, Opener, type OpenerInit } from './opening.ts'
import { Places } from './places.ts'
import { Reopening, type StreamPeers } from './reopening.ts'
import type { OpenStreamOptions, StreamSubscription } from './stream-api.ts'
import { Subscription } from './subscription.ts'

export interface StreamClientInit extends OpenerInit {
  readonly peers: StreamPeers
}

export class StreamClient {
  readonly #init: StreamClientInit
  readonly #opener: Opener
  readonly #places: Places

  constructor(init: StreamClientInit) {
    this.#init = init
    this.#opener = new Opener(init)
    this.#places = new Places(init)
  }

  /** @throws OpenStreamError; the caller's `signal.reason`. */
  async open<K extends PayloadKind>(
    peerId: string,
    request: stream.StreamRequest,
    kind: K,
    { keep = request.keep ?? 'all', priority = request.priority, expected = {}, resume = false, signal }: OpenStreamOptions = {}
  ): Promise<StreamSubscription<K>> {
    const giveBack = await this.#places.take(peerId, request.resourceId, signal)
    try {
      const asked = {
        peerId,
        request: { ...request, keep, ...(priority !== undefined && { priority }), gaps: true, confirms: true },
        expected,
        signal
      }
      const opened = await this.#opener.open(asked)
      if (signal?.aborted) {
        opened.release(signal.reason)
        throw signal.reason
      }
      return this.#subscribe(asked, kind, opened, resume, giveBack)
    } catch (error) {
      giveBack()
      throw error
    }
  }

  #subscribe<K extends PayloadKind>(asked: Asked, kind: K, opened: OpenedStream, resume: boolean, giveBack: () => void): Subscription<K> {
    const { env, peers } = this.#init
    const { peerId, request, expected, signal } = asked
    const { from = 'latest', keep = 'all', resourceId } = request
    const bookmark = new Bookmark(from, opened.manifest)
    const init = { env, opener: this.#opener, peers, peerId, request, expected, bookmark }
    const reopening = resume ? new Reopening(init) : undefined
    const onAbort = () => void subscription.cancel()
    signal?.addEventListener('abort', onAbort, { once: true })
    const subscription = new Subscription({
      ...{ peerId, resourceId, kind, stream: opened, keep, live: keep === 'latest' && from === 'latest', bookmark },
      again: reopening && ((newestOnly, pause) => reopening.again(newestOnly, pause)),
      warn: (message) => env.log('warn', message),
      onOver: () => {
        signal?.removeEventListener('abort', onAbort)
        giveBack()
      }
    })
    return subscription
  }
}
