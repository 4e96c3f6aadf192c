/** Discovery and some peers as processes behind a network that can be cut, and the record of what they did. */
import { createHash } from 'node:crypto'
import { Program } from '@auki/testkit/processes'
import type { Entry } from './history.ts'
import type { FromDiscovery } from './messages.ts'
import { type Gate, Network, type Place } from './network.ts'
import { PeerLife } from './peer-life.ts'
import { placesOf } from './plan.ts'

export const clusterName = 'chaos'
/** For whatever takes a process, on a machine that is busy. */
const patienceMs = 60_000

export interface ClusterInit {
  readonly seed: number
  readonly peers: number
  readonly rowLifeMs: number
}

export class Cluster implements AsyncDisposable {
  readonly history: Entry[] = []
  readonly network = new Network()
  readonly places: readonly Place[]
  readonly #init: ClusterInit
  readonly #lives = new Map<Place, PeerLife>()
  readonly #births = new Map<Place, number>()
  readonly #identities = new Map<Place, number>()
  readonly #listeners = new Set<() => void>()
  #discovery: Program<never, FromDiscovery> | undefined
  #discoveryGate: Gate | undefined
  #closing = false

  private constructor(init: ClusterInit) {
    this.#init = init
    this.places = placesOf(init.peers)
  }

  /** Resolves when everybody has joined. */
  static async start(init: ClusterInit): Promise<Cluster> {
    const cluster = new Cluster(init)
    try {
      await cluster.startDiscovery()
      // The first one creates it; the order of the others is theirs.
      const [first, ...others] = cluster.places
      await cluster.startPeer(first!)
      await cluster.until('the first peer has joined', () => cluster.life(first!)?.view)
      await Promise.all(others.map((place) => cluster.startPeer(place)))
      await cluster.until('all have joined', () => cluster.places.every((place) => cluster.life(place)?.view !== undefined) || undefined)
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The process at a place, unless it has ended. */
  life(place: Place): PeerLife | undefined {
    const life = this.#lives.get(place)
    return life?.isOver === false ? life : undefined
  }

  /** The one that was there last, ended or not. */
  lastLife(place: Place): PeerLife | undefined {
    return this.#lives.get(place)
  }

  get lives(): PeerLife[] {
    return this.places.flatMap((place) => this.life(place) ?? [])
  }

  /** Who says to be Manager, if anybody. */
  get manager(): PeerLife | undefined {
    return this.lives.find(({ view, isUnharmed }) => view?.role === 'manager' && isUnharmed)
  }

  get discoveryUrl(): string {
    return `http://127.0.0.1:${this.#discoveryGate!.target}`
  }

  get hasDiscovery(): boolean {
    return this.#discovery !== undefined
  }

  /** At the port it had before; resolves when it takes requests. */
  async startDiscovery(): Promise<void> {
    this.#discoveryGate ??= await this.network.gate('discovery')
    const gate = this.#discoveryGate
    const listening = Promise.withResolvers<void>()
    const child: Program<never, FromDiscovery> = new Program(
      new URL('./discovery-process.ts', import.meta.url),
      { port: gate.target ?? 0, rowLifeMs: this.#init.rowLifeMs },
      {
        onTold: (message) => {
          if (message.type === 'listening') {
            gate.target = Number(new URL(message.url).port)
            listening.resolve()
          } else this.note({ kind: 'commit', ...message.commit })
        },
        onEnd: (how) => {
          listening.reject(new Error(`Discovery ended with ${how}: ${child.stderr}`))
          if (this.#discovery === child && !this.#closing) this.#died('discovery#1', `ended with ${how}: ${child.stderr}`)
        }
      }
    )
    this.#discovery = child
    await listening.promise
  }

  async killDiscovery(): Promise<void> {
    const child = this.#discovery
    this.#discovery = undefined
    child?.kill('SIGKILL')
    this.note({ kind: 'rows-lost', atNs: process.hrtime.bigint() })
    await child?.ended
  }

  freezeDiscovery(): void {
    this.#discovery?.kill('SIGSTOP')
  }

  thawDiscovery(): void {
    this.#discovery?.kill('SIGCONT')
  }

  /** A new process at a place; `as` another identity than the one before, or the same. Resolves when it is about to join. */
  async startPeer(place: Place, as: 'itself' | 'another' = 'itself'): Promise<PeerLife> {
    const birth = (this.#births.get(place) ?? 0) + 1
    this.#births.set(place, birth)
    const identity = (this.#identities.get(place) ?? 0) + (as === 'another' ? 1 : 0)
    this.#identities.set(place, identity)
    const who = `${place}#${birth}`
    const life = new PeerLife(who, await this.network.gate(place), {
      network: this.network,
      discoveryGatePort: this.#discoveryGate!.port,
      cluster: clusterName,
      identitySeed: createHash('sha256').update(`${this.#init.seed} ${place} ${identity}`).digest('hex'),
      note: this.note,
      changed: () => this.#changed(),
      died: (why) => this.#died(who, why)
    })
    this.#lives.set(place, life)
    await life.ready
    life.go()
    return life
  }

  readonly note = (entry: Entry): void => {
    this.history.push(entry)
    this.#changed()
  }

  /** Resolves to what `look` returns as soon as that is something. @throws Error when that takes too long. */
  until<T>(what: string, look: () => T | undefined, withinMs = patienceMs): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const check = (): void => {
      const found = look()
      if (found !== undefined) resolve(found)
    }
    const timer = setTimeout(() => reject(new Error(`${what}: it did not happen within ${withinMs} ms`)), withinMs)
    this.#listeners.add(check)
    check()
    return promise.finally(() => {
      clearTimeout(timer)
      this.#listeners.delete(check)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    await Promise.all([...this.#lives.values()].map((life) => life.kill()))
    await this.#discovery?.[Symbol.asyncDispose]()
    this.network.close()
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  #died(who: string, why: string): void {
    this.note({ kind: 'died', who, atNs: process.hrtime.bigint(), why })
  }
}
