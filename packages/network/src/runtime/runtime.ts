/**
 * The runtime: a libp2p node that speaks the cluster's protocols.
 *
 * It carries and reports facts; who is a member, who is Manager and who is lost is decided by its owner. It owns one tick, for everything that is
 * looked at from time to time; whatever can happen at once happens at once.
 */
import type { Connection } from '@libp2p/interface'
import type { RuntimeEnv } from '../exchange/env.ts'
import { ResetError, runtimeUnavailable } from '../exchange/exchange-errors.ts'
import { Lingering } from '../exchange/lingering.ts'
import { Outgoing } from '../exchange/outgoing.ts'
import { Reading } from '../exchange/reading.ts'
import { ReadingRests } from '../exchange/reading-rests.ts'
import { declineAllStreams } from '../streams/stream-api.ts'
import { Streams } from '../streams/streams.ts'
import type { AddressKind } from '../swarm/address-parts.ts'
import { nodeOf, type Swarm, type SwarmNode, takeSwarm } from '../swarm/swarm.ts'
import { AllowList } from './allow-list.ts'
import { Carriers } from './carriers.ts'
import { Connections } from './connections.ts'
import { Dialer } from './dialer.ts'
import { Inbound } from './inbound.ts'
import { envOf, type RuntimeInit } from './init.ts'
import { Outbound } from './outbound.ts'
import type { AllowListChange, LivenessEvent, PeerAddresses, PeerRuntime, RuntimeHandlers } from './peer-runtime.ts'
import { Probe } from './probe.ts'
import { Reach } from './reach.ts'
import { Relays } from './relay.ts'
import { opener, Requests } from './requests.ts'
import { Reunions } from './reunions.ts'
import { serveProtocols, tell } from './serve.ts'
import { Strangers } from './strangers.ts'
import { Waits } from './waits.ts'
import { wire } from './wire.ts'

/** Registers the cluster's protocols on the swarm and starts to dial the members. */
export function createRuntime(init: RuntimeInit): PeerRuntime {
  takeSwarm(init.swarm)
  const runtime = new Runtime(init)
  runtime.start(init)
  return runtime
}

class Runtime implements PeerRuntime {
  readonly localPeerId: string
  readonly #env: RuntimeEnv
  readonly #swarm: Swarm
  readonly #node: SwarmNode
  readonly #handlers: RuntimeHandlers
  readonly #members = new AllowList()
  /** Those who wait for a connection from either side, however long it takes. */
  readonly #waits = new Waits()
  /** Those who need the dial under way to succeed. */
  readonly #dialWaits = new Waits()
  readonly #connections: Connections
  readonly #lingering: Lingering
  readonly #reach: Reach
  readonly #dialer: Dialer
  readonly #strangers: Strangers
  readonly #inbound: Inbound
  readonly #outgoing: Outgoing
  readonly #outbound: Outbound
  readonly #carriers: Carriers
  readonly #streams: Streams
  readonly #reunions: Reunions
  readonly #probe: Probe
  readonly #relays: Relays
  #cancelTick = () => {}
  #stopping: Promise<void> | undefined

  constructor(init: RuntimeInit) {
    const { swarm, heartbeatSource: source, handlers } = init
    const env = envOf(init)
    this.#env = env
    this.#swarm = swarm
    this.#node = nodeOf(swarm)
    this.#handlers = handlers
    this.localPeerId = swarm.peerId
    this.#connections = new Connections(this.#node, {
      opened: (peerId, connection) => this.#opened(peerId, connection),
      disconnected: (peerId, connection) => this.#disconnected(peerId, connection)
    })
    this.#lingering = new Lingering(env)
    this.#relays = new Relays(env, this.#node)
    this.#reach = new Reach(this.#node, env.timers, init.dialPrivate ?? true)
    this.#dialer = new Dialer({
      ...{ env, node: this.#node, members: this.#members, connections: this.#connections, reach: this.#reach },
      settled: (peerId, error) => {
        if (error) this.#dialWaits.reject(peerId, error)
      }
    })
    this.#strangers = new Strangers(env, (peerId) => this.#connections.disconnect(peerId))
    const rests = new ReadingRests({ ratio: env.limits.decodeRestRatio, maxMs: env.limits.decodeRestMaxMs })
    const reading = new Reading(env.timers, rests)
    this.#inbound = new Inbound(env, this.#node, this.#members, this.#lingering, reading)
    const open = opener(this.#connections)
    this.#outgoing = new Outgoing(env, open, (peerId, signal) => this.#connect(peerId, signal))
    this.#outbound = new Outbound(env, source, new Requests(env, this.#outgoing, this.#lingering))
    const [members, connections] = [this.#members, this.#connections]
    this.#carriers = new Carriers({ env, source, members, connections, open, rests, emit: (event) => this.#emit(event) })
    this.#probe = new Probe(env, connections)
    const { areMembers = () => true } = init
    this.#reunions = new Reunions({
      env,
      areMembers: (peerId) => members.has(peerId) && areMembers(peerId),
      isConnected: (peerId) => connections.has(peerId),
      dial: (peerId) => this.#dialer.dialNow(peerId)
    })
    this.#streams = new Streams({
      env,
      reading,
      peers: this.#reunions,
      outgoing: this.#outgoing,
      lingering: this.#lingering,
      provider: init.streamProvider ?? declineAllStreams(),
      sessionEnded: init.sessionEnded ?? (() => false)
    })
  }

  start({ members, heartbeatSource, handlers }: RuntimeInit): void {
    serveProtocols(this.#env, this.#inbound, heartbeatSource, handlers, this.#strangers)
    this.#inbound.register(wire.heartbeat.protocol, 'members', (peerId, stream) => this.#carriers.accept(peerId, stream))
    this.#inbound.register(wire.stream.protocol, 'members', (peerId, stream) => this.#streams.accept(peerId, stream))
    this.#members.replace(members.filter(({ peerId }) => peerId !== this.localPeerId))
    const isMember = (peerId: string) => this.#members.has(peerId)
    this.#node.relayed.follow(isMember)
    this.#node.pacing.follow(isMember)
    this.#connections.start()
    this.#tick()
  }

  #tick(): void {
    this.#cancelTick = this.#env.timers.after(this.#env.limits.reconnectTickMs, () => this.#tick())
    this.#dialer.tick()
    this.#carriers.reconcile()
    this.#strangers.tick((peerId) => this.#servedAsRelay(peerId))
    this.#lingering.tick()
    this.#probe.tick()
    this.#relays.tick()
    this.#reunions.look()
  }

  #opened(peerId: string, connection: Connection): void {
    this.#dialer.connected(peerId)
    if (this.#members.has(peerId)) {
      this.#emit({ type: 'connected', peerId })
      this.#carriers.reconcile()
    } else if (connection.direction === 'inbound' && !this.#relays.has(peerId)) this.#strangers.connected(peerId)
    this.#waits.resolve(peerId)
    this.#dialWaits.resolve(peerId)
    this.#reunions.look()
  }

  #disconnected(peerId: string, connection: Connection): void {
    this.#strangers.forget(peerId)
    if (this.#members.has(peerId)) this.#emit({ type: 'disconnected', peerId })
    // libp2p remembers everybody it ever met; strangers with ever new names would fill its memory.
    else this.#node.libp2p.peerStore.delete(connection.remotePeer).catch(() => {})
  }

  /** A peer we carry connections for, or may have to, stays, member or not. */
  #servedAsRelay(peerId: string): boolean {
    const relayed = (protocol: string) => protocol.startsWith('/libp2p/circuit/relay/')
    return this.#connections
      .of(peerId)
      .some(({ remotePeer, streams }) => this.#node.relayed.has(remotePeer) || streams.some(({ protocol }) => relayed(protocol)))
  }

  #emit(event: LivenessEvent): void {
    if (event.type === 'heartbeat-received') this.#probe.heard(event.peerId)
    if (!this.#stopping) tell(this.#env, 'liveness', () => this.#handlers.liveness(event))
  }

  #connect(peerId: string, signal: AbortSignal): Promise<void> {
    if (this.#connections.has(peerId)) return Promise.resolve()
    if (this.#members.addresses(peerId).length === 0) return Promise.reject(new ResetError('not connected, and no address to dial'))
    const waiting = this.#dialWaits.wait(peerId, signal)
    this.#dialer.dialNow(peerId)
    return waiting
  }

  #throwIfStopped(): void {
    if (this.#stopping) throw runtimeUnavailable()
  }

  setAllowedPeers(members: readonly PeerAddresses[]): AllowListChange {
    this.#throwIfStopped()
    const { added, removed, moved } = this.#members.replace(members.filter(({ peerId }) => peerId !== this.localPeerId))
    for (const peerId of removed) this.#remove(peerId)
    for (const peerId of added) this.#strangers.forget(peerId)
    for (const peerId of [...added, ...moved]) {
      if (!this.#connections.has(peerId)) this.#dialer.dialNow(peerId, true)
    }
    this.#carriers.reconcile()
    for (const peerId of added) if (this.#connections.has(peerId)) this.#emit({ type: 'connected', peerId })
    this.#reunions.look()
    return { added, removed }
  }

  #remove(peerId: string): void {
    this.#inbound.revoke(peerId)
    this.#outgoing.revoke(peerId)
    this.#streams.revoke(peerId)
    this.#carriers.revoke(peerId)
    this.#dialer.forget(peerId)
    this.#connections.disconnect(peerId)
  }

  setHeartbeatTargets(peerIds: readonly string[]): void {
    this.#throwIfStopped()
    this.#carriers.setTargets(peerIds)
  }

  dialNow(peerId: string): void {
    this.#throwIfStopped()
    if (this.#members.has(peerId)) this.#dialer.dialNow(peerId)
  }

  dialKinds(): AddressKind[] {
    return this.#reach.kinds()
  }

  dialFailure(peerId: string): Error | undefined {
    return this.#dialer.failureOf(peerId)
  }

  dialable(peerId: string, multiaddrs: readonly string[]): string[] {
    return this.#reach.addresses(peerId, multiaddrs).map(({ multiaddr }) => multiaddr.toString())
  }

  switchConnection(peerId: string): void {
    this.#throwIfStopped()
    if (this.#connections.putLast(peerId)) this.#carriers.renew(peerId)
  }

  isConnected(peerId: string): boolean {
    return !this.#stopping && this.#connections.has(peerId)
  }

  connectedPeers(): string[] {
    return this.#stopping ? [] : this.#connections.peers()
  }

  async waitConnected(peerId: string, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#throwIfStopped()
    options.signal?.throwIfAborted()
    if (!this.#connections.has(peerId)) await this.#waits.wait(peerId, options.signal)
  }

  readonly requestJoin: PeerRuntime['requestJoin'] = (...args) => this.#outbound.join(...args)
  readonly requestLeave: PeerRuntime['requestLeave'] = (...args) => this.#outbound.leave(...args)
  readonly requestInfo: PeerRuntime['requestInfo'] = (...args) => this.#outbound.info(...args)
  readonly requestClock: PeerRuntime['requestClock'] = (...args) => this.#outbound.clock(...args)
  readonly requestResources: PeerRuntime['requestResources'] = (...args) => this.#outbound.resources(...args)
  readonly openStream: PeerRuntime['openStream'] = (...args) => this.#streams.open(...args)
  readonly endStreams: PeerRuntime['endStreams'] = () => this.#streams.endOutbound()
  readonly outboundStreams: PeerRuntime['outboundStreams'] = () => this.#streams.outbound()
  readonly requestRegistryEntry: PeerRuntime['requestRegistryEntry'] = (...args) => this.#outbound.registryEntry(...args)

  readonly pushMembership: PeerRuntime['pushMembership'] = (peerIds, update) => {
    this.#throwIfStopped()
    this.#outbound.pushMembership(this.#connectedMembers(peerIds), update)
  }

  readonly pushDiagnostic: PeerRuntime['pushDiagnostic'] = (message) => {
    this.#throwIfStopped()
    this.#outbound.pushDiagnostic(this.#connectedMembers(this.#members.peers()), message)
  }

  #connectedMembers(peerIds: readonly string[]): string[] {
    return peerIds.filter((peerId) => this.#members.has(peerId) && this.#connections.has(peerId))
  }

  async reserveRelayCircuitAddr(
    relayMultiaddr: string,
    options: { readonly signal?: AbortSignal; readonly timeoutMs: number }
  ): Promise<string> {
    this.#throwIfStopped()
    return this.#relays.reserve(relayMultiaddr, options)
  }

  shutdown(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  async #stop(): Promise<void> {
    this.#cancelTick()
    this.#inbound.stop()
    this.#outgoing.stop()
    this.#reunions.stop()
    this.#waits.rejectAll(runtimeUnavailable())
    this.#dialer.stop()
    this.#relays.stop()
    await this.#streams.endOutbound()
    this.#carriers.stop()
    this.#connections.stop()
    await this.#swarm.stop()
  }
}
