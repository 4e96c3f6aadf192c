import type { Stream } from '@libp2p/interface'
import { Budget } from '../exchange/budget.ts'
import type { RuntimeEnv } from '../exchange/env.ts'
import { ResetError } from '../exchange/exchange-errors.ts'
import { LiveExchanges } from '../exchange/live.ts'
import type { Reading } from '../exchange/reading.ts'
import { Substream } from '../exchange/substream.ts'
import { Uplink } from '../exchange/uplink.ts'
import type { DeclineReason } from '../protocols/stream-types.ts'
import { type MuxerPings, pingsOf } from '../swarm/patches/muxer-pings.ts'
import { Serving } from './serving.ts'
import type { OutboundStream, StreamProvider } from './stream-api.ts'

export interface StreamServerInit {
  readonly env: RuntimeEnv
  readonly reading: Pick<Reading, 'rested' | 'charge'>
  readonly provider: StreamProvider
  /** Whether the session that the logs belong to is over. */
  readonly sessionEnded: () => boolean
}

const goingAway = { decline: { kind: 'producer_shutting_down' } } as const

/** The streams that members read from us: bounded in number, served side by side, ended together. */
export class StreamServer {
  readonly #init: StreamServerInit
  readonly #pending: Budget
  readonly #live: Budget
  readonly #bytes: Budget
  readonly #exchanges = new LiveExchanges()
  readonly #servings = new Set<Serving>()
  /** One for each connection. */
  readonly #uplinks = new WeakMap<MuxerPings, Uplink>()
  #stopping: Promise<void> | undefined

  constructor(init: StreamServerInit) {
    const { limits } = init.env
    this.#init = init
    this.#pending = new Budget(limits.streamPendingPerPeerMax, limits.streamPendingMax)
    this.#live = new Budget(limits.streamLivePerPeerMax, limits.streamLiveMax)
    this.#bytes = new Budget(limits.inboundBufferedPerPeerBytesMax, limits.inboundBufferedBytesMax)
  }

  /** A member has opened a stream. */
  accept(requester: string, stream: Stream): void {
    const releasePending = this.#pending.take(requester)
    if (releasePending === undefined) return stream.abort(new ResetError('too many requests are unread'))
    let releaseLive = () => {}
    const provider: StreamProvider = (...asked) => {
      const place = this.#takePlace(requester)
      if ('decline' in place) return place
      releaseLive = place.release
      return this.#init.provider(...asked)
    }
    const account = this.#bytes.open(requester)
    const serving = new Serving({
      ...this.#init,
      provider,
      requester,
      substream: new Substream(stream),
      uplink: this.#uplinkOf(stream),
      account,
      onRequestRead: releasePending
    })
    const takeOut = this.#exchanges.add(requester, serving.exchange)
    this.#servings.add(serving)
    void serving.run().finally(() => {
      this.#servings.delete(serving)
      takeOut()
      releaseLive()
    })
  }

  #uplinkOf(stream: Stream): Uplink {
    const { timers } = this.#init.env
    const pings = pingsOf(stream)
    if (pings === undefined) return new Uplink(timers, undefined)
    const known = this.#uplinks.get(pings) ?? new Uplink(timers, pings)
    this.#uplinks.set(pings, known)
    return known
  }

  /** A place among those that are served, or why there is none. */
  #takePlace(requester: string): { readonly release: () => void } | { readonly decline: DeclineReason } {
    if (this.#stopping) return goingAway
    const { streamLivePerPeerMax, streamLiveMax } = this.#init.env.limits
    const release = this.#live.take(requester)
    if (release !== undefined) return { release }
    const ofPeer = this.#live.of(requester) >= streamLivePerPeerMax
    const detail = ofPeer ? `limit ${streamLivePerPeerMax} streams per peer` : `limit ${streamLiveMax} streams`
    return { decline: { kind: 'other', detail } }
  }

  /** Where each stream stands that was accepted and is not over. */
  outbound(): OutboundStream[] {
    return [...this.#servings].flatMap(({ outbound }) => outbound ?? [])
  }

  /** Cuts the streams of a peer that is no member any longer. */
  revoke(peerId: string): void {
    this.#exchanges.abort(peerId, new ResetError('no member any longer'))
  }

  /** Ends every stream with `producer_shutting_down`, and declines new ones for that reason; what is not read within `shutdownGraceMs` is reset. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    const { limits, timers } = this.#init.env
    const servings = [...this.#servings]
    for (const serving of servings) serving.shutDown()
    let cancel = () => {}
    const grace = new Promise<void>((resolve) => (cancel = timers.after(limits.shutdownGraceMs, resolve)))
    if (servings.length > 0) await Promise.race([Promise.all(servings.map(({ finished }) => finished)), grace])
    cancel()
    for (const serving of servings) serving.cut(new ResetError('shutting down'))
  }
}
