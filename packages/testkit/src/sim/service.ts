/**
 * Discovery in the simulated world: the real directory behind a service that can be slow, deaf, forgetful and wrong about the time.
 */
import {
  type Command,
  counterStartAt,
  createDirectory,
  type Directory,
  type DirectoryEvent,
  type DirectoryRow,
  type Outcome
} from '@auki/discovery'
import type { MachineClock } from './clock.ts'
import { type Contradiction, contradict } from './contradictions.ts'
import type { EventQueue } from './queue.ts'
import type { Random } from './random.ts'
import type { Lane, Wire } from './wire.ts'

/** What a peer can ask. `newest`: the newest row of all. */
export type Query = Command | { readonly kind: 'get'; readonly name: string } | { readonly kind: 'newest' }
export type Answer = Outcome | { readonly kind: 'found'; readonly row: DirectoryRow } | { readonly kind: 'error'; readonly reason: string }

/** Who asks: the service needs to know only where the answer goes. */
export interface Asker {
  readonly machine: number
}

/** What is wrong with the service, as seen by one machine. Chances are per request. */
export interface Ailment {
  readonly errorChance: number
  /** The request is done, and nobody hears of it. */
  readonly replyLostChance: number
  /** At most this long before it is done, and before the answer leaves. */
  readonly beforeMs: number
  readonly afterMs: number
}

export const healthy: Ailment = { errorChance: 0, replyLostChance: 0, beforeMs: 0, afterMs: 0 }

export type WatchNews =
  | { readonly type: 'snapshot'; readonly row: DirectoryRow | undefined }
  | { readonly type: 'comment' }
  | DirectoryEvent

/** One open watch. */
export interface Subscriber {
  readonly machine: number
  readonly name: string
  readonly lane: Lane
  /** Events come late by up to this much, ms. */
  readonly lateMs: number
  news(news: WatchNews): void
  closed(): void
}

export interface ServiceObserver {
  /** A command reached the directory. */
  committed(asker: Asker, command: Command, outcome: Outcome): void
  changed(event: DirectoryEvent): void
  /** All rows are gone without a word. */
  forgot(): void
}

/** Whom nobody can dial. */
const stranger = { managerPeerId: 'stranger', managerMultiaddrs: [], relayMultiaddrs: [], instance: 'stranger' }
const squatterRefreshMs = 1_000

const rowLifeMaxMs = 60_000 // as of a store that outlives its process, which this one does not always: `restart`
const sweepLatenessMs = 20
const steadiness = 0.6 // of a delay: a slow service is slow each time
const commentMs = 5_000

export class DiscoveryService {
  readonly machine: number
  readonly ailments = new Map<number, Ailment>()
  /** What it says to a machine against what it knows. */
  readonly contradictions = new Map<number, Contradiction>()
  /** Watches stay open and tell nothing, not even that they live. */
  mute = false
  readonly #queue: EventQueue
  readonly #wire: Wire
  readonly #random: Random
  readonly #clock: MachineClock
  readonly #observer: ServiceObserver
  readonly #subscribers = new Set<Subscriber>()
  #directory: Directory
  #sweepAt = Number.POSITIVE_INFINITY
  #up = true
  /** Grows with each restart: answers of an earlier process never come. */
  #life = 0

  constructor(init: {
    readonly machine: number
    readonly queue: EventQueue
    readonly wire: Wire
    readonly random: Random
    readonly clock: MachineClock
    readonly observer: ServiceObserver
  }) {
    this.machine = init.machine
    this.#queue = init.queue
    this.#wire = init.wire
    this.#random = init.random
    this.#clock = init.clock
    this.#observer = init.observer
    this.#directory = createDirectory({ rowLifeMaxMs, counterStart: counterStartAt(this.#at().unixNs) })
    this.#comment()
  }

  /** The row as it is, for checkers and transcripts. */
  row(name: string): DirectoryRow | undefined {
    return this.#directory.get(name)
  }

  /** A request has arrived. `reply` runs here, when the answer leaves; it never runs where no answer does. */
  handle(asker: Asker, query: Query, reply: (answer: Answer) => void): void {
    const ailment = this.ailments.get(asker.machine) ?? healthy
    if (!this.#up) return reply({ kind: 'error', reason: 'connection refused' })
    if (this.#random.chance(ailment.errorChance)) return reply({ kind: 'error', reason: 'status 500' })
    const lost = this.#random.chance(ailment.replyLostChance)
    const decide = (): void => {
      const answer = this.#decide(asker, query)
      if (!lost) this.#later(ailment.afterMs, () => reply(answer))
    }
    this.#later(ailment.beforeMs, decide)
  }

  /** A stranger's row, if the name is free; kept fresh until `untilMs`. */
  squat(name: string, untilMs: number, claim = true): void {
    const command: Command = claim ? { kind: 'create', name, claim: stranger } : { kind: 'refresh', name, peerCount: 1 }
    if (!claim && this.#directory.get(name)?.managerPeerId !== stranger.managerPeerId) return
    const { outcome, events } = this.#directory.apply(command, this.#at())
    this.#publish(events)
    this.#armSweep()
    const holds = outcome.kind === 'created' || outcome.kind === 'refreshed'
    if (holds && this.#queue.now < untilMs) this.#queue.after(squatterRefreshMs, () => this.squat(name, untilMs, false))
  }

  subscribe(subscriber: Subscriber): void {
    const ailment = this.ailments.get(subscriber.machine) ?? healthy
    if (!this.#up || this.#random.chance(ailment.errorChance)) return this.#tellClosed(subscriber)
    this.#subscribers.add(subscriber)
    this.#publish(this.#directory.sweep(this.#at()))
    this.#tell(subscriber, { type: 'snapshot', row: this.#directory.get(subscriber.name) })
  }

  unsubscribe(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber)
  }

  /** Stops, forgets everything, and comes back with a wall clock that is `behindMs` behind where it was. */
  restart(downMs: number, behindMs: number): void {
    this.#up = false
    this.#life++
    for (const subscriber of this.#subscribers) this.#tellClosed(subscriber)
    this.#subscribers.clear()
    this.#clock.stepWall(this.#queue.now, -behindMs)
    this.#directory = createDirectory({ rowLifeMaxMs, counterStart: counterStartAt(this.#at().unixNs + BigInt(Math.round(downMs * 1e6))) })
    this.#observer.forgot()
    const life = this.#life
    this.#queue.after(downMs, () => {
      if (life === this.#life) this.#up = true
    })
  }

  /** Ends open watches, as a proxy in between does. */
  dropWatches(machine: number): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.machine !== machine) continue
      this.#subscribers.delete(subscriber)
      this.#tellClosed(subscriber)
    }
  }

  #at(): { nowMs: number; unixNs: bigint } {
    const { monoMs, wallNs } = this.#clock.now(this.#queue.now)
    return { nowMs: monoMs, unixNs: wallNs }
  }

  #later(maxMs: number, run: () => void): void {
    const life = this.#life
    if (maxMs === 0) return run()
    this.#queue.after(this.#random.between(steadiness * maxMs, maxMs), () => {
      if (life === this.#life) run()
    })
  }

  #decide(asker: Asker, query: Query): Answer {
    const at = this.#at()
    if (query.kind === 'get' || query.kind === 'newest') {
      this.#publish(this.#directory.sweep(at))
      const row = query.kind === 'get' ? this.#directory.get(query.name) : this.#directory.list()[0]
      return row === undefined ? { kind: 'missing' } : { kind: 'found', row }
    }
    const contradiction = this.contradictions.get(asker.machine)
    const said = contradiction && contradict(contradiction, query, this.#directory.get(query.name))
    if (said !== undefined) return said
    const { outcome, events } = this.#directory.apply(query, at)
    this.#observer.committed(asker, query, outcome)
    this.#publish(events)
    this.#armSweep()
    return outcome
  }

  #publish(events: readonly DirectoryEvent[]): void {
    for (const event of events) {
      this.#observer.changed(event)
      if (event.type === 'refreshed') continue
      for (const subscriber of this.#subscribers) if (subscriber.name === event.row.name) this.#tell(subscriber, event)
    }
  }

  #armSweep(): void {
    const due = this.#clock.trueTimeOf(this.#directory.nextDueMs())
    if (due >= this.#sweepAt || due === Number.POSITIVE_INFINITY) return
    this.#sweepAt = due
    this.#queue.at(due + this.#random.between(0, sweepLatenessMs), () => {
      this.#sweepAt = Number.POSITIVE_INFINITY
      this.#publish(this.#directory.sweep(this.#at()))
      this.#armSweep()
    })
  }

  #comment(): void {
    for (const subscriber of this.#subscribers) this.#tell(subscriber, { type: 'comment' })
    this.#queue.after(commentMs, () => this.#comment())
  }

  #tell(subscriber: Subscriber, news: WatchNews): void {
    if (this.mute) return
    const { lane, lateMs } = subscriber
    if (lateMs > 0) lane.lastArrival = Math.max(lane.lastArrival, this.#queue.now + this.#random.between(0, lateMs))
    this.#wire.send(this.machine, subscriber.machine, () => subscriber.news(news), lane)
  }

  #tellClosed(subscriber: Subscriber): void {
    this.#wire.send(this.machine, subscriber.machine, () => subscriber.closed(), subscriber.lane)
  }
}
