/**
 * Places at relays, for peers that nobody can dial directly.
 *
 * A place ends with the connection to the relay, and when it is not renewed. One that was lost is taken again, and announced meanwhile: a relay that restarts
 * is back in a moment. Then members behind relays are dialled at once, as they were lost with it.
 */

import { reasonOf } from '@auki/canonical'
import type { Connection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import type { RuntimeEnv } from '../exchange/env.ts'
import { Exchange } from '../exchange/exchange.ts'
import { DeadlineError, RequestError } from '../exchange/exchange-errors.ts'
import type { CallOptions } from '../protocols/call-options.ts'
import { HOP_PROTOCOL_ID } from '../protocols/circuit.ts'
import { toldPerRelayMax } from '../settings.ts'
import { addressParts } from '../swarm/address-parts.ts'
import { isRoutable } from '../swarm/advertised.ts'
import { reserve } from '../swarm/relaying/reserve.ts'
import type { SwarmNode } from '../swarm/swarm.ts'

/** A place to keep. */
interface Place {
  readonly relayMultiaddr: string
  dueAt: number
  backoffMs: number
  busy: boolean
  /** Since when it is lost; `undefined`: it is held. */
  lostAt: number | undefined
}

export interface RelaysInit {
  readonly env: RuntimeEnv
  readonly node: SwarmNode
  /** Dials members behind relays that are not connected. */
  readonly dialRelayed: () => void
}

export class Relays {
  readonly #init: RelaysInit
  /** Relays that we were told to use. */
  readonly #known = new Set<string>()
  /** By the relay's peer id. */
  readonly #places = new Map<string, Place>()
  #eagerUntil = 0
  #stopped = false

  constructor(init: RelaysInit) {
    this.#init = init
  }

  /** Whether the peer is a relay of ours. */
  has(peerId: string): boolean {
    return this.#known.has(peerId)
  }

  /** Relays at which we have a place now, and may be reached. */
  held(): string[] {
    return [...this.#places].filter(([, { lostAt }]) => lostAt === undefined).map(([relayId]) => relayId)
  }

  /** Where the relays are at which we have a place now. */
  multiaddrs(): string[] {
    return [...this.#places.values()].flatMap(({ lostAt, relayMultiaddr }) => (lostAt === undefined ? [relayMultiaddr] : []))
  }

  /** Whether a place was lost so short a time ago that its relay may just have restarted. */
  mayComeBack(): boolean {
    const { timers, limits } = this.#init.env
    return this.#places.values().some(({ lostAt }) => lostAt !== undefined && timers.monoMs() - lostAt < limits.relayLostMs / 2)
  }

  /**
   * Takes a place at a relay and keeps it; resolves to our address there.
   *
   * @throws RequestError 'timeout' | 'open-stream'; the caller's `signal.reason`.
   */
  async reserve(relayMultiaddr: string, options: CallOptions & { readonly timeoutMs: number }): Promise<string> {
    const exchange = new Exchange(this.#init.env, options.signal)
    try {
      const { relayId, base } = await exchange.within('reserve', options.timeoutMs, () => this.#take(relayMultiaddr, exchange.signal))
      if (this.#places.get(relayId)?.lostAt !== undefined) this.#beEager()
      this.#places.set(relayId, { relayMultiaddr: base, ...this.#fresh() })
      return `${base}/p2p-circuit/p2p/${this.#init.node.libp2p.peerId}`
    } catch (thrown) {
      throw noPlace(relayMultiaddr, exchange.causeOf(thrown))
    } finally {
      exchange.end()
    }
  }

  /** A relay that is only asked how it sees us. */
  visit(relayId: string): void {
    this.#known.add(relayId)
  }

  /** Gives a place up. The connection stays as long as others need it. */
  release(relayId: string): void {
    this.#places.delete(relayId)
    this.#known.delete(relayId)
    this.#init.node.ownPlaces.delete(relayId)
  }

  async #take(relayMultiaddr: string, signal: AbortSignal): Promise<{ relayId: string; base: string }> {
    const connection = await this.#connect(relayMultiaddr, signal)
    const relayId = connection.remotePeer.toString()
    this.#known.add(relayId)
    const suffix = `/p2p/${relayId}`
    const base = relayMultiaddr.endsWith(suffix) ? relayMultiaddr : `${relayMultiaddr}${suffix}`
    const named = (await reserve(connection, signal)).filter((address) => addressParts(address).peerId === relayId && isRoutable(address))
    const told = [...new Set([base, ...named])].slice(0, toldPerRelayMax)
    this.#init.node.ownPlaces.set(
      relayId,
      told.map((address) => `${address}/p2p-circuit/p2p/${this.#init.node.libp2p.peerId}`)
    )
    return { relayId, base }
  }

  async #connect(relayMultiaddr: string, signal: AbortSignal): Promise<Connection> {
    const { peerId } = addressParts(relayMultiaddr)
    return this.#connection(peerId) ?? this.#init.node.parts.transportManager.dial(multiaddr(relayMultiaddr), { signal })
  }

  /** A connection to a relay that is not itself relayed. */
  #connection(relayId: string | undefined): Connection | undefined {
    if (relayId === undefined) return undefined
    const all = this.#init.node.libp2p.getConnections(peerIdFromString(relayId))
    return all.find(({ direct, status }) => direct && status === 'open')
  }

  #fresh() {
    const { timers, limits } = this.#init.env
    return { dueAt: timers.monoMs() + limits.relayRenewMs, backoffMs: limits.relayRetakeMinMs, busy: false, lostAt: undefined }
  }

  /** Renews places, and takes lost ones again. */
  tick(): void {
    const now = this.#init.env.timers.monoMs()
    for (const [relayId, place] of this.#places) {
      if (place.lostAt === undefined && this.#connection(relayId) === undefined) {
        place.lostAt = now
        place.dueAt = now
      }
      if (place.lostAt !== undefined && now - place.lostAt >= this.#init.env.limits.relayLostMs) this.#init.node.ownPlaces.delete(relayId)
      if (!place.busy && place.dueAt <= now) void this.#retake(relayId, place)
    }
    if (now < this.#eagerUntil) this.#init.dialRelayed()
  }

  async #retake(relayId: string, place: Place): Promise<void> {
    const { env, node } = this.#init
    const exchange = new Exchange(env)
    const wasLost = place.lostAt !== undefined
    place.busy = true
    try {
      await exchange.within('reserve', env.limits.relayHopMs, () => this.#take(place.relayMultiaddr, exchange.signal))
      if (wasLost) this.#beEager()
      Object.assign(place, this.#fresh())
    } catch (error) {
      if (this.#stopped) return
      if (place.backoffMs === env.limits.relayRetakeMinMs)
        env.log('warn', `lost our place at the relay ${place.relayMultiaddr}: ${reasonOf(error)}; trying again`)
      place.lostAt ??= env.timers.monoMs()
      place.dueAt = env.timers.monoMs() + place.backoffMs
      place.backoffMs = Math.min(place.backoffMs * 2, env.limits.relayRetakeMaxMs)
    } finally {
      place.busy = false
      exchange.end()
      // It was given up meanwhile; a place that was taken anew there stays.
      if (!this.#places.has(relayId)) node.ownPlaces.delete(relayId)
    }
  }

  /** The relay is back, and so will others be who are reached through it. */
  #beEager(): void {
    const { timers, limits } = this.#init.env
    this.#eagerUntil = timers.monoMs() + limits.relayEagerMs
  }

  stop(): void {
    this.#stopped = true
    this.#places.clear()
  }
}

function noPlace(relayMultiaddr: string, cause: unknown): RequestError {
  const message = `no place at the relay ${relayMultiaddr}: ${reasonOf(cause)}; check its address and that it has room`
  const protocol = HOP_PROTOCOL_ID
  if (cause instanceof DeadlineError) {
    return new RequestError('timeout', message, { phase: cause.phase, durationMs: cause.durationMs, relayMultiaddr, protocol }, { cause })
  }
  return new RequestError('open-stream', message, { reason: 'io', relayMultiaddr, protocol }, { cause })
}
