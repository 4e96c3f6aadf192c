/**
 * The event loop of one process: timers on its machine's monotonic clock, and things that arrive.
 *
 * Halted (stopped, or its machine asleep) nothing runs; what arrives waits. When it goes on, timers that came due and what has arrived run in either order,
 * as in a real event loop, but never mixed.
 */
import type { MachineClock } from './clock.ts'
import type { EventQueue } from './queue.ts'
import type { Random } from './random.ts'

interface Timer {
  readonly dueMono: number
  readonly run: () => void
  cancelled: boolean
}

/** What a cancelled timer needs. */
export interface Cancellable {
  cancelled: boolean
}

const timerLatenessMs = 1.5
const turnMs = 0.3

export class ProcessLoop {
  readonly #queue: EventQueue
  readonly #clock: MachineClock
  readonly #random: Random
  #closed = false
  #halted = false
  #parked: Timer[] = []
  #backlog: (() => void)[] = []

  constructor(queue: EventQueue, clock: MachineClock, random: Random) {
    this.#queue = queue
    this.#clock = clock
    this.#random = random
  }

  get halted(): boolean {
    return this.#halted
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Monotonic ms of this process. */
  mono(): number {
    return this.#clock.mono(this.#queue.now)
  }

  /** Runs once the monotonic clock has gone on by `ms`, or a little later. */
  after(ms: number, run: () => void): Cancellable {
    const lateness = this.#random.next() * timerLatenessMs
    const timer: Timer = { dueMono: this.mono() + ms + lateness, run, cancelled: false }
    this.#arm(timer)
    return timer
  }

  /** Runs as soon as the loop comes round to what has arrived: now, unless it is halted. */
  deliver(run: () => void): void {
    if (this.#closed) return
    if (this.#halted) this.#backlog.push(run)
    else run()
  }

  /** Runs once everything that has arrived by now was read. */
  turn(run: () => void): void {
    this.#queue.after(turnMs, () => this.deliver(run))
  }

  halt(): void {
    this.#halted = true
  }

  /** Goes on; `first` runs before anything else or after the first half, as a probe's timer would. */
  resume(probe: () => void): void {
    if (this.#closed || !this.#halted) return
    this.#halted = false
    const timers = (): void => this.#runParked(probe)
    const arrived = (): void => {
      for (const run of this.#backlog.splice(0)) this.deliver(run)
    }
    const [first, second] = this.#random.chance(0.5) ? [timers, arrived] : [arrived, timers]
    first()
    second()
  }

  /** The process is gone: nothing of it ever runs again. */
  close(): void {
    this.#closed = true
    this.#parked = []
    this.#backlog = []
  }

  #arm(timer: Timer): void {
    this.#queue.at(this.#clock.trueTimeOf(timer.dueMono), () => this.#fire(timer))
  }

  #fire(timer: Timer): void {
    if (timer.cancelled || this.#closed) return
    if (this.#halted) this.#parked.push(timer)
    else if (this.mono() < timer.dueMono - 1e-3)
      this.#arm(timer) // the clock stood still meanwhile
    else timer.run()
  }

  #runParked(probe: () => void): void {
    const timers = this.#parked.splice(0).sort((a, b) => a.dueMono - b.dueMono)
    const probeAt = this.#random.below(timers.length + 1)
    timers.forEach((timer, index) => {
      if (index === probeAt && !this.#closed) probe()
      this.#fire(timer)
    })
    if (probeAt === timers.length && !this.#closed) probe()
  }
}
