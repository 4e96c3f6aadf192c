/**
 * The runtime: a libp2p node that speaks the cluster's protocols.
 *
 * It carries and reports facts; who is a member, who is Manager and who is lost is decided by its owner. It owns one tick, for everything that is
 * looked at from time to time; whatever can happen at once happens at once.
 */

import type { Connection } from '@libp2p/interface'
import { runtimeUnavailable } from '../exchange/exchange-errors.ts'
import type { CallOptions } from '../protocols/call-options.ts'
import * as heartbeat from '../protocols/heartbeat.ts'
import * as stream from '../protocols/stream.ts'
import type { AddressKind } from '../swarm/address-parts.ts'
import { takeSwarm } from '../swarm/swarm.ts'
import { asks } from './ask.ts'
import { contactOf, type PeerContact, roundTrip } from './contact.ts'
import type { RuntimeInit } from './init.ts'
import { type Parts, partsOf } from './parts.ts'
import type { AllowListChange, LivenessEvent, PeerAddresses, PeerRuntime } from './peer-runtime.ts'
import { serveProtocols, tell } from './serve.ts'

/** Registers the cluster's protocols on the swarm and starts to dial the members. The swarm belongs to the runtime from now on. */
export function createRuntime(init: RuntimeInit): PeerRuntime {
  takeSwarm(init.swarm)
  const runtime = new Runtime(init)
  runtime.start()
  return Object.assign(runtime, runtime.exchanges())
}

/** What the runtime does with peers over substreams; the rest is about who is a member and who is connected. */
type Exchanges = Omit<PeerRuntime, keyof Runtime>

class Runtime {
  readonly localPeerId: string
  readonly #init: RuntimeInit
  readonly #parts: Parts
  #cancelTick = () => {}
  #cancelWatch = () => {}
  #stopping: Promise<void> | undefined

  constructor(init: RuntimeInit) {
    this.localPeerId = init.swarm.peerId
    this.#init = init
    this.#parts = partsOf(init, {
      opened: (peerId, connection) => this.#opened(peerId, connection),
      disconnected: (peerId, connection) => this.#disconnected(peerId, connection),
      emit: (event) => this.#emit(event)
    })
  }

  start(): void {
    const { heartbeatSource: source, handlers, members } = this.#init
    const { node, inbound, strangers, carriers, streamServer, connections } = this.#parts
    serveProtocols({ env: this.#parts.env, inbound, source, handlers, strangers })
    inbound.register(heartbeat.protocol, (peerId, substream) => carriers.accept(peerId, substream))
    inbound.register(stream.protocol, (peerId, substream) => streamServer.accept(peerId, substream))
    this.#parts.members.replace(this.#others(members))
    const isMember = (peerId: string) => this.#parts.members.has(peerId)
    this.#parts.relaying.start()
    node.pacing.follow(isMember)
    connections.start()
    this.#tick()
    this.#watch()
  }

  exchanges(): Exchanges {
    const { env, requests, members, connections, streamServer, streamClient } = this.#parts
    const reachable = (peerIds: readonly string[] = members.peers()): string[] => {
      this.#throwIfStopped()
      return peerIds.filter((peerId) => members.has(peerId) && connections.has(peerId))
    }
    return {
      ...asks({ env, requests, source: this.#init.heartbeatSource, reachable }),
      openStream: (...args) => streamClient.open(...args),
      endStreams: () => streamServer.stop(),
      outboundStreams: () => streamServer.outbound()
    }
  }

  #tick(): void {
    this.#cancelTick = this.#parts.env.timers.after(this.#parts.env.limits.reconnectTickMs, () => this.#tick())
    this.#parts.dialer.tick()
    this.#parts.carriers.reconcile()
    this.#parts.strangers.tick((peerId) => this.#parts.relaying.servesAsRelay(peerId))
    this.#parts.lingering.tick()
    this.#parts.probe.tick()
    this.#parts.relaying.tick()
    this.#parts.reunions.look()
  }

  /** More often than the tick: silence is to be noticed within a beat. */
  #watch(): void {
    this.#cancelWatch = this.#parts.env.timers.after(this.#parts.env.limits.doubtTickMs, () => this.#watch())
    this.#parts.doubts.tick()
  }

  #opened(peerId: string, connection: Connection): void {
    if (connection.direction === 'outbound') this.#parts.beside.won(peerId)
    this.#parts.gone.connected(peerId, connection)
    this.#parts.dialer.connected(peerId)
    if (this.#parts.members.has(peerId)) {
      this.#emit({ type: 'connected', peerId })
      this.#parts.relaying.upgrades.opened(peerId, connection)
      this.#parts.doubts.look(peerId)
      this.#parts.carriers.reconcile()
    } else if (connection.direction === 'inbound' && !this.#parts.relaying.relays.has(peerId)) this.#parts.strangers.connected(peerId)
    this.#parts.waits.connection.resolve(peerId)
    this.#parts.waits.dial.resolve(peerId)
    this.#parts.reunions.look()
  }

  #disconnected(peerId: string, connection: Connection): void {
    this.#parts.strangers.forget(peerId)
    this.#parts.signs.forget(peerId)
    this.#parts.beside.stop(peerId)
    this.#parts.dialer.disconnected(peerId)
    this.#parts.gone.disconnected(peerId, connection)
    if (this.#parts.members.has(peerId)) this.#emit({ type: 'disconnected', peerId })
    // libp2p remembers everybody it ever met; strangers with ever new names would fill its memory.
    else this.#parts.node.libp2p.peerStore.delete(connection.remotePeer).catch(() => {})
  }

  #emit(event: LivenessEvent): void {
    if (!this.#stopping) tell(this.#parts.env, 'liveness', () => this.#init.handlers.liveness(event))
  }

  #throwIfStopped(): void {
    if (this.#stopping) throw runtimeUnavailable()
  }

  setAllowedPeers(members: readonly PeerAddresses[]): AllowListChange {
    this.#throwIfStopped()
    const { added, removed, moved } = this.#parts.members.replace(this.#others(members))
    this.#parts.node.relay.review()
    for (const peerId of removed) this.#remove(peerId)
    for (const peerId of added) this.#parts.strangers.forget(peerId)
    for (const peerId of moved) this.#parts.gone.close(peerId)
    for (const peerId of [...added, ...moved]) {
      if (this.#parts.connections.has(peerId)) continue
      if (added.includes(peerId) && this.#parts.members.isFellow(peerId)) this.#parts.dialer.dialAtLeisure(peerId)
      else this.#parts.dialer.dialNow(peerId, true)
    }
    this.#parts.carriers.reconcile()
    for (const peerId of added) if (this.#parts.connections.has(peerId)) this.#emit({ type: 'connected', peerId })
    this.#parts.reunions.look()
    return { added, removed }
  }

  /** We are no member of our own list. */
  #others(members: readonly PeerAddresses[]): PeerAddresses[] {
    return members.filter(({ peerId }) => peerId !== this.localPeerId)
  }

  #remove(peerId: string): void {
    this.#parts.inbound.revoke(peerId)
    this.#parts.outgoing.revoke(peerId)
    this.#parts.streamServer.revoke(peerId)
    this.#parts.carriers.revoke(peerId)
    this.#parts.dialer.forget(peerId)
    this.#parts.beside.stop(peerId)
    this.#parts.gone.forget(peerId)
    this.#parts.connections.disconnect(peerId)
  }

  setHeartbeatTargets(peerIds: readonly string[]): void {
    this.#throwIfStopped()
    this.#parts.carriers.setTargets(peerIds)
  }

  dialNow(peerId: string): void {
    this.#throwIfStopped()
    if (this.#parts.members.has(peerId)) this.#parts.dialer.dialNow(peerId)
  }

  hurry(mode: 'on' | 'off'): void {
    this.#throwIfStopped()
    this.#parts.dialer.hurry(mode === 'on')
  }

  dialKinds(): AddressKind[] {
    return this.#parts.reach.kinds()
  }

  dialFailure(peerId: string): Error | undefined {
    return this.#parts.dialer.failureOf(peerId)
  }

  dialable(peerId: string, multiaddrs: readonly string[]): string[] {
    return this.#parts.reach.addresses(peerId, multiaddrs).map(({ multiaddr }) => multiaddr.toString())
  }

  switchConnection(peerId: string): void {
    this.#throwIfStopped()
    if (this.#parts.connections.putLast(peerId)) this.#parts.carriers.renew(peerId)
  }

  isConnected(peerId: string): boolean {
    return !this.#stopping && this.#parts.connections.has(peerId)
  }

  connectedPeers(): string[] {
    return this.#stopping ? [] : this.#parts.connections.peers()
  }

  contact(peerId: string): PeerContact | undefined {
    return this.#stopping ? undefined : contactOf(this.#parts.contact, peerId)
  }

  async ping(peerId: string, options: CallOptions = {}): Promise<number> {
    this.#throwIfStopped()
    return roundTrip(this.#parts.contact, peerId, options)
  }

  async waitConnected(peerId: string, options: CallOptions = {}): Promise<void> {
    this.#throwIfStopped()
    options.signal?.throwIfAborted()
    if (!this.#parts.connections.has(peerId)) await this.#parts.waits.connection.wait(peerId, options.signal)
  }

  async reserveRelayCircuitAddr(relayMultiaddr: string, options: CallOptions & { readonly timeoutMs: number }): Promise<string> {
    this.#throwIfStopped()
    return this.#parts.relaying.relays.reserve(relayMultiaddr, options)
  }

  setRelayHints(relayMultiaddrs: readonly string[]): void {
    this.#parts.relaying.auto.setHints(relayMultiaddrs)
  }

  heldRelays(): string[] {
    return this.#parts.relaying.relays.multiaddrs()
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
    this.#cancelWatch()
    this.#parts.inbound.stop()
    this.#parts.outgoing.stop()
    this.#parts.reunions.stop()
    this.#parts.waits.connection.rejectAll(runtimeUnavailable())
    this.#parts.dialer.stop()
    this.#parts.beside.stopAll()
    this.#parts.gone.stop()
    this.#parts.relaying.stop()
    await this.#parts.streamServer.stop()
    this.#parts.carriers.stop()
    this.#parts.connections.stop()
    await this.#init.swarm.stop()
  }
}
