/**
 * Heartbeats: one long-lived stream to each target, both sides write on it every 500 ms.
 *
 * A carrier that died is reopened by the node's next tick. A closed carrier is a fact to report, not a death.
 */
import type { Connection } from './connection.ts'
import type { PeerId } from './core.ts'
import type { BeatExtras, SimNode } from './node.ts'
import type { Lane } from './wire.ts'

const beatMs = 500

/** One side of a carrier. */
interface Side {
  readonly connection: Connection
  readonly peer: PeerId
  readonly lane: Lane
  open: boolean
  far: { readonly carriers: Carriers; readonly side: Side } | undefined
}

export class Carriers {
  readonly #node: SimNode
  #targets: readonly PeerId[] = []
  readonly #outbound = new Map<PeerId, Side>()
  readonly #inbound = new Map<PeerId, Side>()

  constructor(node: SimNode) {
    this.#node = node
  }

  setTargets(peers: readonly PeerId[]): void {
    this.#targets = peers
    for (const [peer, side] of this.#outbound) {
      if (!peers.includes(peer)) this.#close(side)
    }
    this.reconcile()
  }

  /** Opens what should be there and is not. */
  reconcile(): void {
    for (const peer of this.#targets) {
      const connection = this.#outbound.has(peer) || !this.#node.isMember(peer) ? undefined : this.#node.connectionTo(peer)
      if (connection !== undefined) this.#openTo(peer, connection)
    }
  }

  /** Opens the carrier to a target anew, over the newest connection by now. */
  renew(peer: PeerId): void {
    const side = this.#outbound.get(peer)
    if (side !== undefined) this.#close(side)
    this.reconcile()
  }

  /** A peer left the allow-list: both directions end. */
  revoke(peer: PeerId): void {
    for (const side of [this.#outbound.get(peer), this.#inbound.get(peer)]) if (side !== undefined) this.#close(side)
  }

  connectionClosed(connection: Connection): void {
    for (const side of this.#sides()) if (side.connection === connection) this.#lost(side)
  }

  /** A stream error out of nowhere, on each carrier to or from a peer. */
  breakOff(peer: PeerId): void {
    for (const side of this.#sides()) {
      if (side.peer !== peer) continue
      this.#tellFar(side)
      this.#lost(side)
    }
  }

  #sides(): Side[] {
    return [...this.#outbound.values(), ...this.#inbound.values()]
  }

  #openTo(peer: PeerId, connection: Connection): void {
    const side: Side = { connection, peer, lane: { lastArrival: 0 }, open: true, far: undefined }
    this.#outbound.set(peer, side)
    const farNode = connection.farEnd(this.#node) as SimNode
    connection.send(this.#node, () => farNode.carriers.#accept(this.#node.peer, connection, { carriers: this, side }), side.lane)
    this.#beat(side)
  }

  #accept(peer: PeerId, connection: Connection, far: { carriers: Carriers; side: Side }): void {
    const side: Side = { connection, peer, lane: { lastArrival: 0 }, open: true, far }
    if (!this.#node.isMember(peer)) return this.#tellFar(side)
    const old = this.#inbound.get(peer)
    if (old !== undefined) this.#close(old)
    this.#inbound.set(peer, side)
    far.side.far = { carriers: this, side }
    this.#beat(side)
  }

  #beat(side: Side): void {
    if (!side.open) return
    const shown = this.#node.owner.shown()
    const arrive = (): void => {
      if (side.far !== undefined) side.far.carriers.#heard(side.far.side, shown)
    }
    side.connection.send(this.#node, arrive, side.lane)
    this.#node.owner.loop.after(beatMs, () => this.#beat(side))
  }

  #heard(side: Side, shown: BeatExtras): void {
    if (side.open) this.#node.owner.post({ type: 'heartbeat-received', peer: side.peer, ...shown })
  }

  /** Ours to end: nothing to report to ourselves. */
  #close(side: Side): void {
    this.#forget(side)
    this.#tellFar(side)
  }

  #tellFar(side: Side): void {
    const arrive = (): void => {
      if (side.far !== undefined) side.far.carriers.#lost(side.far.side)
    }
    side.connection.send(this.#node, arrive, side.lane)
  }

  #lost(side: Side): void {
    if (!side.open) return
    this.#forget(side)
    if (this.#node.isMember(side.peer)) this.#node.owner.post({ type: 'heartbeat-stream-closed', peer: side.peer })
  }

  #forget(side: Side): void {
    side.open = false
    for (const map of [this.#outbound, this.#inbound]) if (map.get(side.peer) === side) map.delete(side.peer)
  }
}
