/** Who listens where, who is connected to whom, and what a dial comes to. */
import { Connection, type Endpoint } from './connection.ts'
import type { PeerId } from './core.ts'
import type { EventQueue } from './queue.ts'
import type { Random } from './random.ts'
import type { Wire } from './wire.ts'

/** A process that takes connections. */
export interface Listener extends Endpoint {
  readonly halted: boolean
  connectionOpened(connection: Connection): void
}

const dialTimeoutMs = 5_000
const dialAgainMs = [1_000, 3_000] // as a connection request is repeated
/** A connection whose end has moved is given up by each end in this time: beats or answers are missed. */
const severedNoticedMs = [1_000, 3_500] as const
const keepAlive = { noticedChance: 0.6, firstMs: 1_000, lastMs: 25_000 }

type Place = { readonly machine: number; readonly listener?: Listener | undefined }

interface NetworkInit {
  readonly queue: EventQueue
  readonly wire: Wire
  readonly random: Random
  readonly machineUp: (machine: number) => boolean
}

export class Network {
  readonly queue: EventQueue
  readonly wire: Wire
  readonly random: Random
  readonly #places = new Map<string, Place>()
  readonly #connections = new Set<Connection>()
  readonly #resetUntil = new Map<string, number>()
  readonly #machineUp: (machine: number) => boolean

  constructor({ queue, wire, random, machineUp }: NetworkInit) {
    this.queue = queue
    this.wire = wire
    this.random = random
    this.#machineUp = machineUp
    wire.onCut((from, to) => this.#onCut(from, to))
  }

  listen(address: string, listener: Listener): void {
    this.#places.set(address, { machine: listener.machine, listener })
  }

  hangUp(address: string): void {
    const place = this.#places.get(address)
    if (place !== undefined) this.#places.set(address, { machine: place.machine })
  }

  /** Tries all addresses at once; `done` hears of a connection, or of none after a refusal or 5 s. */
  dial(from: Listener, peer: PeerId, addresses: readonly string[], done: (connection: Connection | undefined) => void): void {
    const places = addresses.map((address) => this.#places.get(address)).filter((place) => place !== undefined)
    const started = this.queue.now
    const moments = [0, ...dialAgainMs]
    const attempt = (round: number): void => {
      if (!from.alive) return
      const found = places.find((place) => this.#answers(from, peer, place))?.listener
      if (found !== undefined) return this.#shakeHands(from, found, done)
      const next = moments[round + 1]
      if (places.every((place) => this.#refuses(from, peer, place)))
        this.queue.after(this.#roundTripMs(from, places), () => done(undefined))
      else this.queue.at(started + (next ?? dialTimeoutMs), () => (next === undefined ? done(undefined) : attempt(round + 1)))
    }
    attempt(0)
  }

  /** Whether every address refuses a connection, and how long it took to find out. */
  probe(from: Listener, peer: PeerId, addresses: readonly string[]): { readonly refuses: boolean; readonly tookMs: number } {
    const places = addresses.map((address) => this.#places.get(address)).filter((place) => place !== undefined)
    return { refuses: places.every((place) => this.#refuses(from, peer, place)), tookMs: this.#roundTripMs(from, places) }
  }

  /** Something between two machines resets their connections, and answers dials with a refusal, for so long. */
  reset(a: Listener, b: Listener, forMs: number): void {
    const pair = [a.machine, b.machine].sort().join()
    this.#resetUntil.set(pair, Math.max(this.#resetUntil.get(pair) ?? 0, this.queue.now + forMs))
    for (const connection of this.connectionsOf(a, b)) for (const end of connection.ends) connection.end(end, 'remote')
  }

  mend(): void {
    this.#resetUntil.clear()
  }

  #isReset(a: number, b: number): boolean {
    return (this.#resetUntil.get([a, b].sort().join()) ?? 0) > this.queue.now
  }

  /** All connections of a process that has lost its address. */
  sever(end: Endpoint): void {
    for (const connection of this.connectionsOf(end)) {
      connection.sever()
      for (const each of connection.ends) this.queue.after(this.random.between(...severedNoticedMs), () => connection.end(each, 'local'))
    }
  }

  /** Every open connection that has an end at this process, or between these two. */
  connectionsOf(end: Endpoint, far?: Endpoint): Connection[] {
    return [...this.#connections].filter(({ ends }) => ends.includes(end) && (far === undefined || ends.includes(far)))
  }

  #answers(from: Listener, peer: PeerId, { machine, listener }: Place): boolean {
    if (listener === undefined || listener.peer !== peer || !listener.alive || listener.halted) return false
    return this.wire.isOpen(from.machine, machine) && !this.#isReset(from.machine, machine)
  }

  /** The machine is there and says that nobody of that name listens. */
  #refuses(from: Listener, peer: PeerId, { machine, listener }: Place): boolean {
    if (!this.wire.isOpen(from.machine, machine)) return false
    return this.#isReset(from.machine, machine) || (this.#machineUp(machine) && !(listener?.alive && listener.peer === peer))
  }

  #roundTripMs(from: Listener, places: readonly Place[]): number {
    return Math.max(1, ...places.map(({ machine }) => this.wire.roundTripMs(from.machine, machine)))
  }

  #shakeHands(from: Listener, to: Listener, done: (connection: Connection | undefined) => void): void {
    const roundTripMs = this.wire.roundTripMs(from.machine, to.machine)
    this.queue.after(2 * roundTripMs + this.random.between(0.5, 2), () => {
      if (!from.alive || !to.alive || !this.wire.isOpen(from.machine, to.machine)) return done(undefined)
      const connection = new Connection(this.wire, { dialler: from, listener: to }, (ended) => this.#connections.delete(ended))
      this.#connections.add(connection)
      to.deliver(() => to.connectionOpened(connection))
      from.deliver(() => {
        if (connection.isOpen(from)) from.connectionOpened(connection)
        done(connection)
      })
    })
  }

  /** Some connections are given up by a keep-alive while the cut lasts, by each end in its own time; others never notice. */
  #onCut(from: number, to: number): void {
    for (const connection of this.#connections) {
      const [a, b] = connection.ends
      if (!((a.machine === from && b.machine === to) || (a.machine === to && b.machine === from))) continue
      for (const end of connection.ends) {
        if (!this.random.chance(keepAlive.noticedChance)) continue
        this.queue.after(this.random.between(keepAlive.firstMs, keepAlive.lastMs), () => {
          if (!this.wire.isOpen(from, to)) connection.end(end, 'local')
        })
      }
    }
  }
}
