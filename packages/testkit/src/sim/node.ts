/**
 * The network node of one process: allow-list, connections, redialling. It reports facts and decides nothing.
 *
 * What it carries (heartbeats, joins, documents) is in `carriers.ts` and `exchanges.ts`.
 */
import { Carriers } from './carriers.ts'
import type { Connection, EndedBy } from './connection.ts'
import type { DocumentVersion, Event, Member, PeerId } from './core.ts'
import { Exchanges } from './exchanges.ts'
import { GoneWatch } from './gone-watch.ts'
import type { ProcessLoop } from './loop.ts'
import type { Listener, Network } from './network.ts'
import { Sightings } from './sightings.ts'

/** The process a node belongs to. */
export interface NodeOwner {
  readonly peer: PeerId
  readonly machine: number
  readonly machineUp: boolean
  readonly alive: boolean
  readonly loop: ProcessLoop
  post(event: Event): void
  /** What its heartbeats show besides: followers only. */
  shown(): BeatExtras
  /** What it says of itself when a witness asks. */
  isHere(): boolean
  /** Peers that follow the reference's rules don't know the question. */
  readonly speaksSeen: boolean
}

export interface BeatExtras {
  readonly membership?: DocumentVersion
  readonly instance?: string
}

interface Allowed {
  addresses: readonly string[]
  /** Monotonic ms. */
  dialAt: number
  backoffMs: number
  /** The addresses of the dial under way. */
  dialling: readonly string[] | undefined
}

const tickMs = 500
const backoffMs = { first: 1_000, max: 60_000, jitter: 0.2 }
const strangerGraceMs = 30_000

export class SimNode implements Listener {
  readonly owner: NodeOwner
  readonly network: Network
  readonly carriers: Carriers
  readonly exchanges: Exchanges
  readonly sightings: Sightings
  readonly #goneWatch: GoneWatch
  #addresses: readonly string[]
  #hasty = false
  readonly #allowed = new Map<PeerId, Allowed>()
  readonly #connections = new Map<PeerId, Connection[]>()

  constructor(owner: NodeOwner, network: Network, addresses: readonly string[]) {
    this.owner = owner
    this.network = network
    this.#addresses = addresses
    this.carriers = new Carriers(this)
    this.exchanges = new Exchanges(this)
    this.sightings = new Sightings(this)
    this.#goneWatch = new GoneWatch(this)
  }

  get peer(): PeerId {
    return this.owner.peer
  }

  get machine(): number {
    return this.owner.machine
  }

  get machineUp(): boolean {
    return this.owner.machineUp
  }

  get alive(): boolean {
    return this.owner.alive
  }

  get halted(): boolean {
    return this.owner.loop.halted
  }

  start(): void {
    for (const address of this.#addresses) this.network.listen(address, this)
    this.#tick()
  }

  /** Closes everything; a crash says goodbye too (the machine does it), a power loss does not. */
  stop(farewell: boolean): void {
    for (const address of this.#addresses) this.network.hangUp(address)
    for (const connection of [...this.#connections.values()].flat()) farewell ? connection.close(this) : connection.abandon(this)
    this.#connections.clear()
    this.#allowed.clear()
  }

  deliver(run: () => void): void {
    this.owner.loop.deliver(run)
  }

  isMember(peer: PeerId): boolean {
    return this.#allowed.has(peer)
  }

  /** The connection that new streams to a peer go over: the newest. */
  connectionTo(peer: PeerId): Connection | undefined {
    return this.#connections.get(peer)?.at(-1)
  }

  /** Where a member is dialled. */
  addressesOf(peer: PeerId): readonly string[] | undefined {
    return this.#allowed.get(peer)?.addresses
  }

  /** Members that a connection leads to. */
  connectedMembers(): PeerId[] {
    return [...this.#allowed.keys()].filter((peer) => this.#connections.has(peer))
  }

  /** While hasty it dials every second. */
  paceDials(hasty: boolean): void {
    this.#hasty = hasty
    if (hasty) for (const [peer, entry] of this.#allowed) if (entry.dialling === undefined) this.#dialNow(peer, entry)
  }

  /** It can be dialled there from now on, and nowhere else; the connections it has are dead. */
  moveTo(addresses: readonly string[]): void {
    for (const address of this.#addresses) this.network.hangUp(address)
    this.#addresses = addresses
    for (const address of addresses) this.network.listen(address, this)
    this.network.sever(this)
  }

  setAllowed(members: readonly Member[]): void {
    const wanted = new Set(members.map((member) => member.peerId))
    for (const peer of [...this.#allowed.keys()].filter((known) => !wanted.has(known))) this.#disallow(peer)
    for (const { peerId, multiaddrs } of members) {
      const known = this.#allowed.get(peerId)
      if (known === undefined) this.#allow(peerId, multiaddrs)
      else if (multiaddrs.join() !== known.addresses.join()) this.#changeAddresses(peerId, known, multiaddrs)
    }
    this.carriers.reconcile()
  }

  /** Dials whatever the backoff says. */
  dial(peer: PeerId): void {
    const entry = this.#allowed.get(peer)
    if (entry !== undefined && entry.dialling === undefined) this.#dialNow(peer, entry)
  }

  /** Where several connections lead to a peer, another one than the newest is used from now on. */
  switchConnection(peer: PeerId): void {
    const list = this.#connections.get(peer)
    if (list === undefined || list.length < 2) return
    list.unshift(list.pop()!)
    this.carriers.renew(peer)
  }

  connectionOpened(connection: Connection): void {
    const peer = connection.farEnd(this).peer
    const list = this.#connections.get(peer)
    if (list === undefined) this.#connections.set(peer, [connection])
    else list.push(connection)
    const entry = this.#allowed.get(peer)
    if (entry === undefined) return this.#graceFor(peer, connection)
    entry.backoffMs = backoffMs.first
    this.#goneWatch.connected(peer, entry.addresses)
    this.owner.post({ type: 'connected', peer })
    this.carriers.reconcile()
  }

  connectionClosed(connection: Connection, by: EndedBy): void {
    const peer = connection.farEnd(this).peer
    const left = (this.#connections.get(peer) ?? []).filter((known) => known !== connection)
    if (left.length > 0) this.#connections.set(peer, left)
    else this.#connections.delete(peer)
    this.carriers.connectionClosed(connection)
    this.exchanges.connectionClosed(connection)
    const entry = this.#allowed.get(peer)
    if (left.length > 0 || entry === undefined) return
    this.owner.post({ type: 'disconnected', peer })
    if (by === 'remote') this.#goneWatch.hungUp(peer, entry.addresses)
  }

  #allow(peer: PeerId, addresses: readonly string[]): void {
    const entry: Allowed = { addresses, dialAt: this.owner.loop.mono(), backoffMs: backoffMs.first, dialling: undefined }
    this.#allowed.set(peer, entry)
    if (this.#connections.has(peer)) {
      this.#goneWatch.connected(peer, addresses)
      this.owner.post({ type: 'connected', peer })
    } else this.#dialNow(peer, entry)
  }

  #disallow(peer: PeerId): void {
    this.#allowed.delete(peer)
    this.carriers.revoke(peer)
    for (const connection of this.#connections.get(peer) ?? []) {
      connection.close(this)
      this.exchanges.connectionClosed(connection)
    }
    this.#connections.delete(peer)
  }

  #changeAddresses(peer: PeerId, entry: Allowed, addresses: readonly string[]): void {
    entry.addresses = addresses
    entry.dialling = undefined
    if (!this.#connections.has(peer)) this.#dialNow(peer, entry)
  }

  #tick(): void {
    const now = this.owner.loop.mono()
    for (const [peer, entry] of this.#allowed) {
      if (entry.dialling === undefined && entry.dialAt <= now && !this.#connections.has(peer)) this.#dialNow(peer, entry)
    }
    this.carriers.reconcile()
    this.owner.loop.after(tickMs, () => this.#tick())
  }

  #dialNow(peer: PeerId, entry: Allowed): void {
    if (peer === this.peer || entry.addresses.length === 0 || this.#connections.has(peer)) return
    const addresses = entry.addresses
    entry.dialling = addresses
    this.network.dial(this, peer, addresses, (connection) =>
      this.deliver(() => {
        if (entry.dialling !== addresses) return // the addresses changed meanwhile
        entry.dialling = undefined
        const jitter = this.network.random.between(1 - backoffMs.jitter, 1 + backoffMs.jitter)
        entry.dialAt = this.owner.loop.mono() + (this.#hasty ? backoffMs.first : entry.backoffMs) * jitter
        entry.backoffMs = connection === undefined ? Math.min(2 * entry.backoffMs, backoffMs.max) : backoffMs.first
      })
    )
  }

  #graceFor(peer: PeerId, connection: Connection): void {
    this.owner.loop.after(strangerGraceMs, () => {
      if (this.isMember(peer) || !connection.isOpen(this)) return
      connection.close(this)
      this.connectionClosed(connection, 'local')
    })
  }
}
