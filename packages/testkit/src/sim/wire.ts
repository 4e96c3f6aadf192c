/**
 * What lies between machines: delay, loss and cuts, per direction.
 *
 * Nothing is lost for good here, as on TCP: a lost packet comes late, and what is sent into a cut waits for the end of it. Giving up is the sender's business.
 */
import type { EventQueue } from './queue.ts'
import type { Random } from './random.ts'

/** Keeps things in order that travel in one stream. */
export interface Lane {
  lastArrival: number
}

export interface Weather {
  /** Share of messages that are lost once and come `spikeMs` late at most. */
  readonly lossChance: number
  readonly spikeMs: number
  /** Added to every delay, ms. */
  readonly extraMs: number
}

export const calm: Weather = { lossChance: 0, spikeMs: 0, extraMs: 0 }

interface Held {
  readonly from: number
  readonly to: number
  readonly since: number
  readonly arrive: () => void
  readonly lane: Lane | undefined
}

const spikeMinMs = 150
const retransmitMaxMs = 3_000

interface WireInit {
  readonly queue: EventQueue
  readonly random: Random
  readonly machines: number
  /** Share of a delay that may come on top. */
  readonly jitter: number
}

export class Wire {
  readonly #queue: EventQueue
  readonly #random: Random
  readonly #machines: number
  readonly #delayMs: Float64Array
  #cuts: Uint8Array
  /** When a way was last cut or mended. */
  readonly #changedAt: Float64Array
  readonly #jitter: number
  #held: Held[] = []
  #watchers: ((from: number, to: number) => void)[] = []
  weather: Weather = calm

  constructor({ queue, random, machines, jitter }: WireInit) {
    this.#queue = queue
    this.#random = random
    this.#machines = machines
    this.#jitter = jitter
    this.#delayMs = new Float64Array(machines * machines).fill(0.5)
    this.#cuts = new Uint8Array(machines * machines)
    this.#changedAt = new Float64Array(machines * machines).fill(Number.NEGATIVE_INFINITY)
  }

  /** True ms. */
  get now(): number {
    return this.#queue.now
  }

  /** Sets the one-way delay between two machines, both directions. */
  setDelay(a: number, b: number, ms: number): void {
    this.#delayMs[a * this.#machines + b] = ms
    this.#delayMs[b * this.#machines + a] = ms
  }

  /** A round trip in good weather, ms. */
  roundTripMs(a: number, b: number): number {
    return 2 * this.#delayMs[a * this.#machines + b]!
  }

  /** Brings something from one machine to another, sooner or later; things in one lane arrive in the order they were sent. */
  send(from: number, to: number, arrive: () => void, lane?: Lane): void {
    if (this.isCut(from, to)) this.#held.push({ from, to, arrive, lane, since: this.#queue.now })
    else this.#carry(this.#queue.now + this.#delay(from, to), arrive, lane)
  }

  isCut(from: number, to: number): boolean {
    return this.#cuts[from * this.#machines + to]! > 0
  }

  /** Both directions are open. */
  isOpen(a: number, b: number): boolean {
    return !this.isCut(a, b) && !this.isCut(b, a)
  }

  /** Both directions are open, and have been for so long, ms. */
  isSteady(a: number, b: number, forMs: number): boolean {
    const changed = Math.max(this.#changedAt[a * this.#machines + b]!, this.#changedAt[b * this.#machines + a]!)
    return this.isOpen(a, b) && this.#queue.now - changed >= forMs
  }

  /** Cuts one direction; cuts add up, and each has its own end, which is what this returns. */
  cut(from: number, to: number): () => void {
    const at = from * this.#machines + to
    const cuts = this.#cuts
    cuts[at]! += 1
    this.#changedAt[at] = this.#queue.now
    for (const watcher of this.#watchers) watcher(from, to)
    return () => {
      if (cuts !== this.#cuts) return // all was mended meanwhile
      cuts[at]! -= 1
      this.#changedAt[at] = this.#queue.now
      if (cuts[at] === 0) this.#release((held) => held.from === from && held.to === to)
    }
  }

  healAll(): void {
    this.#cuts = new Uint8Array(this.#cuts.length)
    this.#changedAt.fill(this.#queue.now)
    this.weather = calm
    this.#release(() => true)
  }

  onCut(watcher: (from: number, to: number) => void): void {
    this.#watchers.push(watcher)
  }

  #release(which: (held: Held) => boolean): void {
    const freed = this.#held.filter(which)
    if (freed.length === 0) return
    this.#held = this.#held.filter((held) => !which(held))
    const oldest = Math.max(...freed.map((held) => this.#queue.now - held.since))
    const retransmit = this.#random.between(0, Math.min(oldest, retransmitMaxMs))
    for (const { from, to, arrive, lane } of freed) this.#carry(this.#queue.now + retransmit + this.#delay(from, to), arrive, lane)
  }

  #carry(time: number, arrive: () => void, lane: Lane | undefined): void {
    const at = lane === undefined ? time : Math.max(time, lane.lastArrival)
    if (lane !== undefined) lane.lastArrival = at
    this.#queue.at(at, arrive)
  }

  #delay(from: number, to: number): number {
    const base = this.#delayMs[from * this.#machines + to]!
    const { lossChance, spikeMs, extraMs } = this.weather
    const late = lossChance > 0 && this.#random.chance(lossChance) ? this.#random.between(spikeMinMs, spikeMs) : 0
    return base * (1 + this.#jitter * this.#random.next()) + extraMs + late
  }
}
