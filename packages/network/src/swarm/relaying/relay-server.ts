/**
 * A relay: peers that nobody can dial have places here, and others reach them through us (`/libp2p/circuit/relay/0.2.0/hop`).
 *
 * libp2p's own relay knows no members: its limits are set when a place is taken, and what flows flows until then. Ours is judged at each connection, and again
 * whenever members change.
 */

import { type Clock, systemClock } from '@auki/canonical'
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { Substream } from '../../exchange/substream.ts'
import {
  circuitStatus,
  decodeHopRequest,
  decodeStopStatus,
  encodeHopAnswer,
  encodeStopConnect,
  HOP_PROTOCOL_ID,
  type HopAnswer,
  STOP_PROTOCOL_ID
} from '../../protocols/circuit.ts'
import { relayAddressesMax, relayHopMs } from '../../protocols/limits.ts'
import { guestCircuitsMax } from '../../settings.ts'
import { addressParts } from '../address-parts.ts'
import { hopLimits } from '../node-limits.ts'
import { Circuits } from './circuits.ts'
import { type Received, readMessage, writeMessage } from './one-message.ts'
import { Places } from './relay-places.ts'
import { type Acquaintances, RelayRules, type RelayTerms } from './relay-rules.ts'

/** A peer that has asked us something, over which connection. */
interface Caller {
  readonly connection: Connection
  readonly substream: Substream
  readonly signal: AbortSignal
}

export interface RelayServerNeeds {
  readonly libp2p: Libp2p
  /** Where the node may be reached. */
  readonly addresses: () => readonly string[]
  readonly clock?: Clock
}

export class RelayServer {
  readonly #node: Libp2p
  readonly #addresses: () => readonly string[]
  readonly #clock: Clock
  readonly #places = new Places()
  readonly #circuits: Circuits
  #rules: RelayRules | undefined
  #known: Acquaintances | undefined

  constructor({ libp2p, addresses, clock = systemClock }: RelayServerNeeds) {
    this.#node = libp2p
    this.#addresses = addresses
    this.#clock = clock
    this.#circuits = new Circuits(clock)
    libp2p.addEventListener('peer:disconnect', ({ detail }) => this.#places.leave(detail.toString()))
  }

  get serves(): boolean {
    return this.#rules !== undefined
  }

  /** How many peers may be reached through us, and how many connections are carried. */
  get load(): { readonly places: number; readonly connections: number } {
    return { places: this.#places.size, connections: this.#circuits.size }
  }

  /** Begins to serve, or goes on with other terms. */
  async serve(terms: RelayTerms): Promise<void> {
    const began = this.#rules !== undefined
    this.#rules = new RelayRules(terms, this.#known)
    this.review()
    if (!began) await this.#node.handle(HOP_PROTOCOL_ID, (stream, connection) => void this.#answer(stream, connection), hopLimits)
  }

  /** Serves nobody any more: cuts what is carried. */
  async end(): Promise<void> {
    if (this.#rules === undefined) return
    this.#rules = undefined
    this.#circuits.clear('the relay ends')
    this.#places.clear()
    await this.#node.unhandle(HOP_PROTOCOL_ID)
  }

  /** Whom to take for members and Managers from now on. Without that, a relay serves everybody a little. */
  follow(known: Acquaintances): void {
    this.#known = known
    this.#rules?.follow(known)
    this.review()
  }

  /** To be called when members or Managers have changed. */
  review(): void {
    if (this.#rules === undefined) return
    this.#places.review(this.#rules, this.#clock.monoMs())
    this.#circuits.review(this.#rules)
  }

  /** Whether the peer may be reached through us. */
  has(peerId: string): boolean {
    return this.#places.has(peerId)
  }

  async #answer(stream: Stream, connection: Connection): Promise<void> {
    const substream = new Substream(stream)
    const late = new AbortController()
    const cancel = this.#clock.after(relayHopMs, () => late.abort(new Error(`a relay's guest took longer than ${relayHopMs} ms`)))
    try {
      await this.#serve({ connection, substream, signal: late.signal })
    } catch (error) {
      substream.reset(error)
    } finally {
      cancel()
    }
  }

  async #serve(caller: Caller): Promise<void> {
    const rules = this.#rules
    const received = await readMessage(caller.substream, caller.signal)
    const request = decodeHopRequest(received.payload)
    // Whoever reached us through a relay would make us the second one on the way.
    if (rules === undefined || !caller.connection.direct) return answer(caller, { status: circuitStatus.denied })
    if (request.type === 'reserve') return this.#reserve(caller, rules)
    if (request.type === 'connect') return this.#connect(caller, { ...received, peer: this.#places.find(request.peer) }, rules)
    return answer(caller, { status: circuitStatus.unexpected })
  }

  #reserve(caller: Caller, rules: RelayRules): Promise<void> {
    const { remotePeer, remoteAddr } = caller.connection
    const { host } = addressParts(remoteAddr.toString())
    const forMs = this.#places.take(remotePeer, host, rules, this.#clock.monoMs())
    if (forMs === undefined) return answer(caller, { status: circuitStatus.refused })
    const id = remotePeer.toString()
    const { limit } = rules.between(id, id) ?? {}
    const expire = BigInt(Math.ceil((Number(this.#clock.wallNs() / 1_000_000n) + forMs) / 1_000))
    const addresses = this.#addresses()
      .filter((address) => addressParts(address).relay === undefined)
      .slice(0, relayAddressesMax)
      .map((address) => multiaddr(`${address}/p2p/${this.#node.peerId}`).bytes)
    return answer(caller, { status: circuitStatus.ok, reservation: { expire, addresses }, ...told(limit) })
  }

  async #connect(caller: Caller, { rest, peer }: Received & { readonly peer: PeerId | undefined }, rules: RelayRules): Promise<void> {
    this.#places.review(rules, this.#clock.monoMs())
    const { remotePeer } = caller.connection
    const source = remotePeer.toString()
    const destination = peer?.toString()
    const onward = peer && this.#node.getConnections(peer).find(({ direct, status }) => direct && status === 'open')
    if (destination === undefined || onward === undefined || !this.#places.has(destination))
      return answer(caller, { status: circuitStatus.noPlace })
    const terms = rules.between(source, destination)
    if (terms === undefined) return answer(caller, { status: circuitStatus.denied })
    if (terms.limit !== undefined && this.#circuits.limitedOf(source) >= guestCircuitsMax)
      return answer(caller, { status: circuitStatus.full })
    const stop = await this.#stop(onward, remotePeer, told(terms.limit).limit, caller.signal)
    if (stop === undefined) return answer(caller, { status: circuitStatus.failed })
    try {
      await answer(caller, { status: circuitStatus.ok, ...told(terms.limit) })
    } catch (error) {
      stop.substream.reset(error)
      throw error
    }
    const ends = [
      { peerId: source, substream: caller.substream, rest },
      { peerId: destination, substream: stop.substream, rest: stop.rest }
    ] as const
    this.#circuits.carry(ends, terms, rules)
    // Members may have changed while the two were asked.
    this.review()
  }

  /** Asks the peer that is to be reached. */
  async #stop(onward: Connection, from: PeerId, limit: HopAnswer['limit'], signal: AbortSignal) {
    let substream: Substream | undefined
    try {
      substream = new Substream(await onward.newStream(STOP_PROTOCOL_ID, { signal, ...hopLimits }))
      await writeMessage(substream, encodeStopConnect(from.toMultihash().bytes, limit), signal)
      const { payload, rest } = await readMessage(substream, signal)
      if (decodeStopStatus(payload) === circuitStatus.ok) return { substream, rest }
    } catch {
      // It is told as any refusal.
    }
    substream?.reset(new Error('the peer behind us does not want to be reached'))
    return undefined
  }
}

/** A refusal ends the substream; after an `ok` to a connect it goes on. */
async function answer({ substream, signal }: Caller, message: HopAnswer): Promise<void> {
  await writeMessage(substream, encodeHopAnswer(message), signal)
  if (message.status !== circuitStatus.ok || message.reservation !== undefined) await substream.close()
}

function told(
  limit: { readonly bytes: number; readonly durationMs: number; readonly told: boolean } | undefined
): Pick<HopAnswer, 'limit'> {
  return limit?.told === true ? { limit: { duration: limit.durationMs / 1_000, bytes: BigInt(limit.bytes) } } : {}
}
