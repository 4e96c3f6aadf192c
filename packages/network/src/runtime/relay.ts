/**
 * Reservations at relays, for peers that nobody can dial directly.
 *
 * A reservation ends with the connection to the relay. One that was lost is made again, with the backoff of a redial: otherwise we would go on announcing an
 * address at which nobody can reach us.
 */
import { abortable, reasonOf } from '@auki/canonical'
import { multiaddr } from '@multiformats/multiaddr'
import type { RuntimeEnv } from '../exchange/env.ts'
import { Exchange } from '../exchange/exchange.ts'
import { DeadlineError, RequestError } from '../exchange/exchange-errors.ts'
import type { CallOptions } from '../protocols/call-options.ts'
import type { SwarmNode } from '../swarm/swarm.ts'

const protocol = '/libp2p/circuit/relay/0.2.0/hop'
/** How long making a lost reservation again may take. */
const retakeMs = 10_000

/** A reservation to keep. */
interface Place {
  readonly relayMultiaddr: string
  dueAt: number
  backoffMs: number
  busy: boolean
}

export interface RelaysInit {
  readonly env: RuntimeEnv
  readonly node: SwarmNode
}

export class Relays {
  readonly #init: RelaysInit
  /** Relays that we were told to use. */
  readonly #known = new Set<string>()
  /** By the relay's peer id. */
  readonly #places = new Map<string, Place>()
  #stopped = false

  constructor(init: RelaysInit) {
    this.#init = init
  }

  /** Whether the peer is a relay of ours. */
  has(peerId: string): boolean {
    return this.#known.has(peerId)
  }

  /**
   * Connects to a relay and listens there; resolves to our address at it.
   *
   * @throws RequestError 'timeout' | 'open-stream'; the caller's `signal.reason`.
   */
  async reserve(relayMultiaddr: string, options: CallOptions & { readonly timeoutMs: number }): Promise<string> {
    const exchange = new Exchange(this.#init.env, options.signal)
    try {
      const { relayId, base } = await exchange.within('reserve', options.timeoutMs, () => this.#take(relayMultiaddr, exchange.signal))
      this.#places.set(relayId, { relayMultiaddr, dueAt: 0, backoffMs: this.#init.env.limits.redialBackoffMinMs, busy: false })
      return `${base}/p2p-circuit/p2p/${this.#init.node.libp2p.peerId}`
    } catch (thrown) {
      throw noPlace(relayMultiaddr, exchange.causeOf(thrown))
    } finally {
      exchange.end()
    }
  }

  async #take(relayMultiaddr: string, signal: AbortSignal): Promise<{ relayId: string; base: string }> {
    const address = multiaddr(relayMultiaddr)
    const { remotePeer } = await this.#init.node.parts.transportManager.dial(address, { signal })
    this.#known.add(remotePeer.toString())
    const base = address.getComponents().at(-1)?.name === 'p2p' ? address : address.encapsulate(`/p2p/${remotePeer}`)
    await abortable(this.#init.node.parts.transportManager.listen([base.encapsulate('/p2p-circuit')]), signal)
    return { relayId: remotePeer.toString(), base: base.toString() }
  }

  /** Makes lost reservations again, when they are due. */
  tick(): void {
    if (this.#places.size === 0) return
    const now = this.#init.env.timers.monoMs()
    const addresses = this.#init.node.parts.transportManager.getAddrs().map(String)
    for (const [relayId, place] of this.#places) {
      const taken = addresses.some((address) => address.includes(`/p2p/${relayId}/p2p-circuit`))
      if (!taken && !place.busy && place.dueAt <= now) void this.#retake(place)
    }
  }

  async #retake(place: Place): Promise<void> {
    const exchange = new Exchange(this.#init.env)
    place.busy = true
    try {
      await exchange.within('reserve', retakeMs, () => this.#take(place.relayMultiaddr, exchange.signal))
      place.backoffMs = this.#init.env.limits.redialBackoffMinMs
    } catch (error) {
      if (!this.#stopped)
        this.#init.env.log('warn', `lost our place at the relay ${place.relayMultiaddr}: ${reasonOf(error)}; trying again`)
      place.dueAt = this.#init.env.timers.monoMs() + place.backoffMs
      place.backoffMs = Math.min(place.backoffMs * 2, this.#init.env.limits.redialBackoffMaxMs)
    } finally {
      place.busy = false
    }
  }

  stop(): void {
    this.#stopped = true
    this.#places.clear()
  }
}

function noPlace(relayMultiaddr: string, cause: unknown): RequestError {
  const message = `no place at the relay ${relayMultiaddr}: ${reasonOf(cause)}; check its address and that it has room`
  if (cause instanceof DeadlineError) {
    return new RequestError('timeout', message, { phase: cause.phase, durationMs: cause.durationMs, relayMultiaddr, protocol }, { cause })
  }
  return new RequestError('open-stream', message, { reason: 'io', relayMultiaddr, protocol }, { cause })
}
