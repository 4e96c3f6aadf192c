/** The limit of streams that we read from one peer at a time, the same as the one it serves to us. Opening more of them waits until one has ended. */
import { abortable, reasonOf } from '@auki/canonical'
import { DeadlineError } from '../exchange/exchange-errors.ts'
import type { OpenerInit } from './opening.ts'
import { Permits } from './permits.ts'
import { noPlace, notOpened } from './stream-errors.ts'

export class Places {
  readonly #init: Pick<OpenerInit, 'env' | 'outgoing'>
  readonly #permits: Permits

  constructor(init: Pick<OpenerInit, 'env' | 'outgoing'>) {
    this.#init = init
    this.#permits = new Permits(init.env.limits.streamLivePerPeerMax)
  }

  /**
   * Resolves to a function that gives the place back. Waits for as long as now and then somebody gets a place.
   *
   * @throws OpenStreamError 'timeout' when nobody got a place for `streamQueueMs`; 'libp2p' when the peer is no member any longer; the caller's `signal.reason`.
   */
  async take(peerId: string, resourceId: string, callerSignal: AbortSignal | undefined): Promise<() => void> {
    const { exchange, over } = this.#init.outgoing.begin(peerId, callerSignal)
    const { signal } = exchange
    const stopWatching = this.#watch(peerId, (durationMs) => exchange.abort(new DeadlineError('queue', durationMs)))
    try {
      return await abortable(this.#permits.take(peerId, signal), signal)
    } catch (thrown) {
      const cause = exchange.causeOf(thrown)
      const { streamLivePerPeerMax: max } = this.#init.env.limits
      if (cause instanceof DeadlineError) throw noPlace(peerId, resourceId, max, cause)
      throw notOpened('libp2p', peerId, resourceId, `${reasonOf(cause)}; ask again later`, {}, cause)
    } finally {
      stopWatching()
      over()
    }
  }

  /** Calls `onStuck` when nobody has got a place at this peer for `streamQueueMs`. */
  #watch(peerId: string, onStuck: (durationMs: number) => void): () => void {
    const { timers, limits } = this.#init.env
    let given = this.#permits.given(peerId)
    const look = () => {
      const now = this.#permits.given(peerId)
      if (now === given) return onStuck(limits.streamQueueMs)
      given = now
      cancel = timers.after(limits.streamQueueMs, look)
    }
    let cancel = timers.after(limits.streamQueueMs, look)
    return () => cancel()
  }
}
