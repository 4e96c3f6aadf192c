/** All that a runtime has to do with relays: places of ours, what we carry for others, and getting away from relays again. */
import { reasonOf } from '@auki/canonical'
import type { RuntimeEnv } from '../exchange/env.ts'
import { HOP_PROTOCOL_ID, STOP_PROTOCOL_ID } from '../protocols/circuit.ts'
import { addressParts } from '../swarm/address-parts.ts'
import type { RelayTerms } from '../swarm/relaying/relay-rules.ts'
import type { SwarmNode } from '../swarm/swarm.ts'
import type { AllowList } from './allow-list.ts'
import { AutoRelay } from './auto-relay.ts'
import type { Connections } from './connections.ts'
import type { Dialer } from './dialer.ts'
import type { Reach } from './reach.ts'
import { Relays } from './relay.ts'
import { Upgrades } from './upgrades.ts'
import { Visibility } from './visibility.ts'

/** What a runtime does about relays. */
export interface RelayUse {
  /** Take a place while nobody can dial us; default false. */
  readonly auto?: boolean
  /** What to carry for members, and whether only while we can be dialled; default: what the swarm was made with. `false`: nothing. */
  readonly serve?: false | (RelayTerms & { readonly always?: boolean })
}

export interface RelayingNeeds {
  readonly env: RuntimeEnv
  readonly node: SwarmNode
  readonly members: AllowList
  readonly connections: Connections
  readonly reach: Reach
  readonly dialer: Dialer
  /** A peer is better reached by another connection now. */
  readonly moved: (peerId: string) => void
}

const isRelayed = (address: string): boolean => addressParts(address).kind === 'relay'

export class Relaying {
  readonly relays: Relays
  readonly auto: AutoRelay
  readonly upgrades: Upgrades
  readonly #visibility: Visibility
  readonly #needs: RelayingNeeds
  readonly #use: RelayUse

  constructor(needs: RelayingNeeds, use: RelayUse = {}) {
    const { env, node } = needs
    this.#needs = needs
    this.#use = use
    this.#visibility = new Visibility({ env, node })
    this.relays = new Relays({ env, node, dialRelayed: () => this.#dialRelayed() })
    this.auto = new AutoRelay({ ...needs, localPeerId: node.libp2p.peerId.toString(), relays: this.relays, visibility: this.#visibility })
    this.upgrades = new Upgrades(needs)
  }

  start(): void {
    const { members, node } = this.#needs
    node.relay.follow({ isMember: (peerId) => members.has(peerId), isManager: (peerId) => members.isManager(peerId) })
  }

  tick(): void {
    this.relays.tick()
    if (this.#use.auto === true) {
      this.#visibility.look(this.#witnesses())
      this.auto.tick()
    }
    this.upgrades.tick()
    this.#serve()
  }

  stop(): void {
    this.relays.stop()
  }

  /** Whether neither we can dial the member nor it us, nor anybody relays. */
  hasNoWayTo(peerId: string): boolean {
    const { members, dialer } = this.#needs
    const addresses = members.addresses(peerId)
    if (!this.#visibility.hidden || this.relays.held().length > 0 || addresses.some(isRelayed)) return false
    return addresses.length === 0 || dialer.hasFailed(peerId)
  }

  /** A peer that we carry connections for, or may have to, stays connected, member or not. */
  servesAsRelay(peerId: string): boolean {
    const { node, connections } = this.#needs
    const relayed = (protocol: string) => protocol === HOP_PROTOCOL_ID || protocol === STOP_PROTOCOL_ID
    return node.relay.has(peerId) || connections.of(peerId).some(({ streams }) => streams.some(({ protocol }) => relayed(protocol)))
  }

  /** The Manager, and relays that we use: connections over which somebody sees us from further away than most. */
  #witnesses() {
    const { connections, members } = this.#needs
    return connections.all().filter(({ remotePeer, streams }) => {
      const peerId = remotePeer.toString()
      return members.isManager(peerId) || this.relays.has(peerId) || streams.some(({ protocol }) => protocol === HOP_PROTOCOL_ID)
    })
  }

  #serve(): void {
    const { node, env } = this.#needs
    const { serve } = this.#use
    if (serve === undefined || (serve !== false && node.relay.serves)) return
    if (serve !== false && serve.always !== true && (this.#visibility.hidden || !node.listens)) return
    const changed = serve === false ? node.relay.end() : node.relay.serve(serve)
    changed.catch((error: unknown) => env.log('warn', `the relay could not be set up: ${reasonOf(error)}`))
  }

  #dialRelayed(): void {
    const { members, connections, dialer } = this.#needs
    for (const peerId of members.peers()) if (!connections.has(peerId) && members.addresses(peerId).some(isRelayed)) dialer.dialNow(peerId)
  }
}
