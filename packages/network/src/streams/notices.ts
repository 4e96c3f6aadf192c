/** Notices: what a subscription reports beside its entries. */
import { noticesKeptMax } from '../settings.ts'

/** Something happened to a stream that its entries don't show. */
export type StreamNotice =
  /** Entries are missing before the one that comes next. */
  | {
      readonly type: 'gap'
      /** How many; left out where they were not counted. */
      readonly lost?: bigint
      /** On the log's clock, ns: no missing entry is older. */
      readonly fromNs: bigint
      /** No missing entry is newer. */
      readonly toNs: bigint
    }
  /** The stream was broken and goes on. */
  | {
      readonly type: 'resumed'
      /** How long nothing could come. */
      readonly pauseMs: number
      /** The producer has no positions, and its log goes back in time: entries may come a second time. */
      readonly mayRepeat?: true
      /** Entries of that time may be missing, and it is not known whether. */
      readonly mayMiss?: true
    }
  /** This reader of notices was too slow for so many of them. */
  | { readonly type: 'notices-dropped'; readonly count: number }

export class Notices {
  #kept: StreamNotice[] = []
  /** Of the first one kept, counted over all there ever were. */
  #first = 0
  #wakes: (() => void)[] = []
  #ended = false
  #readers = 0

  /** Whether there is a reader. */
  get isRead(): boolean {
    return this.#readers > 0
  }

  publish(notice: StreamNotice): void {
    this.#kept.push(notice)
    if (this.#kept.length > noticesKeptMax) {
      this.#kept.shift()
      this.#first += 1
    }
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  /** All of them, from the oldest one kept to the end of the stream. */
  async *read(): AsyncGenerator<StreamNotice, void, undefined> {
    this.#readers += 1
    try {
      for (let next = 0; ; next += 1) {
        while (next - this.#first === this.#kept.length && !this.#ended) await new Promise<void>((resolve) => this.#wakes.push(resolve))
        const count = this.#first - next
        if (count > 0) yield { type: 'notices-dropped', count }
        next = Math.max(next, this.#first)
        const notice = this.#kept[next - this.#first]
        if (notice === undefined) return
        yield notice
      }
    } finally {
      this.#readers -= 1
    }
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake()
  }
}
