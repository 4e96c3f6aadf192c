/**
 * Which addresses of others we can dial, and dialling one of them.
 *
 * For a relayed address we connect to the relay first, at the address given, and only then ask libp2p for the circuit. libp2p alone would dial every address
 * under which anybody has ever named that relay.
 */

import { abortable, type Clock } from '@auki/canonical'
import type { Connection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { resolveName } from '#host'
import { DeadlineError } from '../exchange/exchange-errors.ts'
import { relayDialMs } from '../settings.ts'
import { type AddressKind, addressParts } from '../swarm/address-parts.ts'
import { ipScope } from '../swarm/ip-scope.ts'
import type { SwarmNode } from '../swarm/swarm.ts'
import { type DialAddress, dialAddresses } from './dial.ts'

/** An address of each kind, to ask the transports about. */
const samples = [
  ['tcp', '/ip4/192.0.2.1/tcp/1'],
  ['ws', '/ip4/192.0.2.1/tcp/1/ws'],
  ['wss', '/dns4/example.org/tcp/1/tls/ws'],
  ['quic', '/ip4/192.0.2.1/udp/1/quic-v1']
] as const

export interface ReachInit {
  readonly node: SwarmNode
  readonly timers: Clock
  /** Whether addresses on this machine and in private networks are dialled. */
  readonly dialPrivate: boolean
  /** Every IP that a name stands for; default: by DNS. */
  readonly resolve?: typeof resolveName
}

export class Reach {
  readonly #init: Required<ReachInit>
  /** Connections to relays that are being made, by the relay's address. */
  readonly #relays = new Map<string, Promise<Connection>>()

  constructor(init: ReachInit) {
    this.#init = { resolve: resolveName, ...init }
  }

  /** Those we can dial, the best first, at most 16. */
  addresses(peerId: string, multiaddrs: readonly string[]): DialAddress[] {
    const { transportManager } = this.#init.node.parts
    const canDial = (address: Multiaddr) => transportManager.dialTransportForMultiaddr(address) !== undefined
    return dialAddresses(peerId, multiaddrs, { canDial, dialPrivate: this.#init.dialPrivate })
  }

  /** The kinds of address that our transports take; a relay is reached by one of the others. */
  kinds(): AddressKind[] {
    const { transportManager } = this.#init.node.parts
    const direct = samples.filter(([, sample]) => transportManager.dialTransportForMultiaddr(multiaddr(sample)) !== undefined)
    return [...direct.map(([kind]) => kind), 'relay']
  }

  /** `connectMs`: how long connecting may take, what is said over the connection afterwards not included; default: as long as everything. */
  async dial(address: DialAddress, signal: AbortSignal, connectMs?: number): Promise<Connection> {
    if (address.relay === undefined) return this.#dialOne(address.multiaddr, signal, connectMs)
    await this.#toRelay(address.relay, signal)
    return this.#init.node.parts.transportManager.dial(address.multiaddr, { signal })
  }

  async #toRelay(relay: Multiaddr, signal: AbortSignal): Promise<void> {
    const { peerId = '' } = addressParts(relay.toString())
    if (this.#init.node.libp2p.getConnections(peerIdFromString(peerId)).length > 0) return
    const key = relay.toString()
    let connecting = this.#relays.get(key)
    if (connecting === undefined) {
      connecting = this.#dialRelay(relay).finally(() => this.#relays.delete(key))
      this.#relays.set(key, connecting)
    }
    await abortable(connecting, signal)
  }

  /**
   * Shared by all dials through that relay, so a caller that gives up does not end it. The signal is not aborted after success either: Node would destroy the
   * connected socket.
   */
  async #dialRelay(relay: Multiaddr): Promise<Connection> {
    const cut = new AbortController()
    const cancel = this.#init.timers.after(relayDialMs, () => cut.abort(new DeadlineError('dial', relayDialMs)))
    return this.#dialOne(relay, cut.signal).finally(cancel)
  }

  async #dialOne(address: Multiaddr, signal: AbortSignal, connectMs?: number): Promise<Connection> {
    const { host, scope } = addressParts(address.toString())
    if (scope === 'name' && !this.#init.dialPrivate) await this.#checkName(host, signal)
    const { transportManager } = this.#init.node.parts
    if (connectMs === undefined) return transportManager.dial(address, { signal })
    const late = new AbortController()
    const cancel = this.#init.timers.after(connectMs, () => late.abort(new DeadlineError('connect', connectMs)))
    const onProgress = ({ type }: { readonly type: string }) => type === 'upgrader:encrypt-outbound-connection' && cancel()
    return transportManager.dial(address, { signal: AbortSignal.any([signal, late.signal]), onProgress }).finally(cancel)
  }

  /** Anybody can have a DNS name point to a private address. @throws Error for a name that does. */
  async #checkName(host: string, signal: AbortSignal): Promise<void> {
    const inside = (await abortable(this.#init.resolve(host), signal)).find((ip) => ipScope(ip) !== 'global')
    if (inside !== undefined) throw new Error(`${host} leads to ${inside}, and private addresses are not dialled (dialPrivate is false)`)
  }
}
