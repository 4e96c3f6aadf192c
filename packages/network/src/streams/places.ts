/** How many streams of one peer we read at a time: so many as it serves to us. Whoever wants more waits until one has ended. */
import { abortable, messageOf } from '@auki/canonical'
import type { RuntimeEnv } from '../exchange/env.ts'
import { DeadlineError } from '../exchange/exchange-errors.ts'
import type { Outgoing } from '../exchange/outgoing.ts'
import { Turns } from './permits.ts'
import { noPlace, notOpened } from './stream-errors.ts'

export class Places {
  readonly #env: RuntimeEnv
  readonly #outgoing: Outgoing
  readonly #turns: Turns

  constructor(env: RuntimeEnv, outgoing: Outgoing) {
    this.#env = env
    this.#outgoing = outgoing
    this.#turns = new Turns(env.limits.streamLivePerPeerMax)
  }

  /**
   * Resolves to what gives the place back. A queue that moves is waited in for as long as that takes.
   *
   * @throws OpenStreamError 'timeout' when for a while nobody got a place; 'libp2p' when the peer is no member any longer; the caller's `signal.reason`.
   */
  async take(peerId: string, resourceId: string, callerSignal: AbortSignal | undefined): Promise<() => void> {
    const { exchange, over } = this.#outgoing.begin(peerId, callerSignal)
    const { signal } = exchange
    const stopWatching = this.#watch(peerId, (durationMs) => exchange.abort(new DeadlineError('queue', durationMs)))
    try {
      return await abortable(this.#turns.take(peerId, signal), signal)
    } catch (cause) {
      if (callerSignal?.aborted && cause === callerSignal.reason) throw cause
      const { streamLivePerPeerMax: max } = this.#env.limits
      if (cause instanceof DeadlineError) throw noPlace(peerId, resourceId, max, cause)
      throw notOpened('libp2p', peerId, resourceId, `${messageOf(cause)}; ask again later`, {}, cause)
    } finally {
      stopWatching()
      over()
    }
  }

  /** Calls `onStuck` when in some time nobody at this peer got a place. */
  #watch(peerId: string, onStuck: (durationMs: number) => void): () => void {
    const { timers, limits } = this.#env
    let given = this.#turns.given(peerId)
    const look = () => {
      const now = this.#turns.given(peerId)
      if (now === given) return onStuck(limits.streamQueueMs)
      given = now
      cancel = timers.after(limits.streamQueueMs, look)
    }
    let cancel = timers.after(limits.streamQueueMs, look)
    return () => cancel()
  }
}
