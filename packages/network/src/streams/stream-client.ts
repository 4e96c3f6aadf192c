/** Reading streams of peers: opening them, and opening them again after a break. */
import type { PayloadKind } from '@auki/datatypes'
import type { RuntimeEnv } from '../exchange/env.ts'
import type { Lingering } from '../exchange/lingering.ts'
import type { Outgoing } from '../exchange/outgoing.ts'
import type * as stream from '../protocols/stream.ts'
import { Bookmark } from './bookmark.ts'
import { type Asked, type OpenedStream, Opener } from './opening.ts'
import { Places } from './places.ts'
import { Reopening, type StreamPeers } from './reopening.ts'
import type { OpenStreamOptions, StreamSubscription } from './stream-api.ts'
import { Subscription } from './subscription.ts'

export interface StreamClientInit {
  readonly env: RuntimeEnv
  readonly outgoing: Outgoing
  readonly lingering: Lingering
  readonly peers: StreamPeers
}

export class StreamClient {
  readonly #env: RuntimeEnv
  readonly #peers: StreamPeers
  readonly #opener: Opener
  readonly #places: Places

  constructor({ env, outgoing, lingering, peers }: StreamClientInit) {
    this.#env = env
    this.#peers = peers
    this.#opener = new Opener(env, outgoing, lingering)
    this.#places = new Places(env, outgoing)
  }

  /** @throws OpenStreamError; the caller's `signal.reason`. */
  async open<K extends PayloadKind>(
    peerId: string,
    request: stream.StreamRequest,
    kind: K,
    { keep = request.keep ?? 'all', expected = {}, resume = false, signal }: OpenStreamOptions = {}
  ): Promise<StreamSubscription<K>> {
    const giveBack = await this.#places.take(peerId, request.resourceId, signal)
    try {
      const asked = { peerId, request: { ...request, keep, gaps: true }, expected, signal }
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
    const { peerId, request, expected, signal } = asked
    const { from = 'latest', keep = 'all', resourceId } = request
    const bookmark = new Bookmark(from, opened.manifest)
    const init = { env: this.#env, opener: this.#opener, peers: this.#peers, peerId, request, expected, bookmark }
    const reopening = resume ? new Reopening(init) : undefined
    const onAbort = () => void subscription.cancel()
    signal?.addEventListener('abort', onAbort, { once: true })
    const subscription = new Subscription({
      ...{ peerId, resourceId, kind, stream: opened, keep, live: keep === 'latest' && from === 'latest', bookmark },
      again: reopening && ((newestOnly, pause) => reopening.again(newestOnly, pause)),
      warn: (message) => this.#env.log('warn', message),
      onOver: () => {
        signal?.removeEventListener('abort', onAbort)
        giveBack()
      }
    })
    return subscription
  }
}
