/** What a feed appends to. */
export interface FeedLog<T> {
  append(entry: { readonly timestampNs: bigint; readonly payload: T }): void | Promise<void>
}

export interface FeedInit<T> {
  readonly log: FeedLog<T>
  /** Stamps the entries. */
  readonly clock: { nowNs(): bigint }
  readonly rateHz: number
  /** @param tick 0, 1, 2 …; one that came too late is left out. */
  readonly payloadAt: (tick: number) => T
}

const secondNs = 1_000_000_000

/** Appends at a steady rate until it is disposed of or the log is sealed. Like a sensor it does not wait: what can't be appended in time is dropped. */
export class Feed<T> implements Disposable {
  readonly #init: FeedInit<T>
  readonly #startNs: bigint
  #tick = 0
  #timer: NodeJS.Timeout | undefined
  #busy = false

  constructor(init: FeedInit<T>) {
    this.#init = init
    this.#startNs = init.clock.nowNs()
    this.#wait()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #wait(): void {
    const { clock, rateHz } = this.#init
    const sinceNs = Number(clock.nowNs() - this.#startNs)
    const dueNs = (this.#tick * secondNs) / rateHz
    this.#timer = setTimeout(() => this.#onTime(), Math.max(0, (dueNs - sinceNs) / 1e6))
  }

  #onTime(): void {
    const { clock, rateHz, log, payloadAt } = this.#init
    const timestampNs = clock.nowNs()
    const now = Math.floor((Number(timestampNs - this.#startNs) * rateHz) / secondNs)
    const tick = Math.max(this.#tick, now)
    this.#tick = tick + 1
    try {
      if (!this.#busy) this.#await(log.append({ timestampNs, payload: payloadAt(tick) }))
    } catch {
      return // the log is sealed, or its disk is full, which its handle says
    }
    this.#wait()
  }

  #await(room: void | Promise<void>): void {
    if (room === undefined) return
    this.#busy = true
    const free = (): void => {
      this.#busy = false
    }
    room.then(free, free)
  }
}
