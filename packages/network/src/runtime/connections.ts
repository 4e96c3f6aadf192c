/** Which peers we are connected to. One peer may have several connections; it is disconnected when the last one has closed. */

import type { Connection } from '@libp2p/interface'
import { connectionsCloseMs } from '../settings.ts'
import { Pulse } from '../swarm/patches/pulse.ts'
import type { SwarmNode } from '../swarm/swarm.ts'

export interface ConnectionSink {
  /** A connection stands; may repeat for a peer. */
  opened(peerId: string, connection: Connection): void
  /** The last connection to the peer has closed. */
  disconnected(peerId: string, connection: Connection): void
}

export class Connections {
  readonly #node: SwarmNode
  readonly #byPeer = new Map<string, Set<Connection>>()
  readonly #pulses = new WeakMap<Connection, Pulse>()
  /** Connections that are used only when a peer has no other. */
  readonly #last = new WeakSet<Connection>()
  /** Those that have fallen silent: used only when a peer has no other, not even one of the above. */
  readonly #doubted = new WeakSet<Connection>()
  readonly #sink: ConnectionSink
  readonly #nowMs: () => number
  readonly #onOpen = (event: CustomEvent<Connection>) => this.#opened(event.detail)
  readonly #onClose = (event: CustomEvent<Connection>) => this.#closed(event.detail)

  constructor(node: SwarmNode, sink: ConnectionSink, nowMs: () => number) {
    this.#node = node
    this.#sink = sink
    this.#nowMs = nowMs
  }

  /** Adopts what is connected already and follows what comes. */
  start(): void {
    this.#node.libp2p.addEventListener('connection:open', this.#onOpen)
    this.#node.libp2p.addEventListener('connection:close', this.#onClose)
    for (const connection of this.#node.libp2p.getConnections()) this.#opened(connection)
  }

  stop(): void {
    this.#node.libp2p.removeEventListener('connection:open', this.#onOpen)
    this.#node.libp2p.removeEventListener('connection:close', this.#onClose)
  }

  #opened(connection: Connection): void {
    if (connection.status !== 'open') return
    const peerId = connection.remotePeer.toString()
    this.#pulses.set(connection, new Pulse(connection, this.#nowMs))
    const known = this.#byPeer.get(peerId)
    if (known) known.add(connection)
    else this.#byPeer.set(peerId, new Set([connection]))
    this.#sink.opened(peerId, connection)
  }

  #closed(connection: Connection): void {
    const peerId = connection.remotePeer.toString()
    const known = this.#byPeer.get(peerId)
    if (!known?.delete(connection) || known.size > 0) return
    this.#byPeer.delete(peerId)
    this.#sink.disconnected(peerId, connection)
  }

  /** Every connection that stands. */
  all(): Connection[] {
    return [...this.#byPeer.values()].flatMap((known) => [...known]).filter((connection) => connection.status === 'open')
  }

  peers(): string[] {
    return [...this.#byPeer.keys()].filter((peerId) => this.has(peerId))
  }

  has(peerId: string): boolean {
    return this.best(peerId) !== undefined
  }

  /** All connections to a peer, closing ones included. */
  of(peerId: string): Connection[] {
    return [...(this.#byPeer.get(peerId) ?? [])]
  }

  /** Of a connection that stands or stood. */
  pulse(connection: Connection): Pulse {
    return this.#pulses.get(connection)!
  }

  isDoubted(connection: Connection): boolean {
    return this.#doubted.has(connection)
  }

  doubt(connection: Connection): void {
    this.#doubted.add(connection)
  }

  trust(connection: Connection): void {
    this.#doubted.delete(connection)
  }

  /**
   * The connection to open substreams on: a direct one where there is one, else a relayed one; those that were put last, and those in doubt, only where no
   * other is left.
   */
  best(peerId: string): Connection | undefined {
    const standing = this.of(peerId).filter((connection) => connection.status === 'open')
    const sound = standing.filter((connection) => !this.#doubted.has(connection))
    const all = sound.length > 0 ? sound : standing
    const first = all.filter((connection) => !this.#last.has(connection))
    const open = first.length > 0 ? first : all
    return open.find((connection) => connection.direct && !connection.limits) ?? open.find((connection) => !connection.limits) ?? open[0]
  }

  /** The best connection becomes the last choice; `false` where there is no other. */
  putLast(peerId: string): boolean {
    const open = this.of(peerId).filter((connection) => connection.status === 'open')
    const best = this.best(peerId)
    if (best === undefined || open.length < 2) return false
    this.#last.add(best)
    // All have been tried: start over with those before this one.
    if (open.every((connection) => this.#last.has(connection))) for (const other of open) if (other !== best) this.#last.delete(other)
    return true
  }

  /** Closes every connection to the peer: what was written still goes out, but not for long. */
  disconnect(peerId: string): void {
    for (const connection of this.of(peerId)) closeConnection(connection)
  }
}

/** Closes gracefully, or after a moment at once. */
export function closeConnection(connection: Connection): void {
  connection.close({ signal: AbortSignal.timeout(connectionsCloseMs) }).catch((error: Error) => connection.abort(error))
}
