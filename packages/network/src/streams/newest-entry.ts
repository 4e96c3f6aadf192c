/**
 * Batches for a consumer that wants the latest entry: while the transport is full, only the newest live entry is kept.
 *
 * A live source is read all the time, so that no old entry waits in it either. History is never dropped: it waits for the transport.
 */
import { joinGaps } from './gaps.ts'
import type { EntryBatch, EntryBatches, SourceEntry } from './stream-api.ts'

export class Newest implements EntryBatches {
  readonly #batches: EntryBatches
  readonly #onDropped: (count: number) => void
  #live = false
  #entries: SourceEntry[] = []
  #blocked = false
  #over: 'finished' | { readonly error: unknown } | undefined
  #wake = () => {}

  constructor(batches: EntryBatches, onDropped: (count: number) => void) {
    this.#batches = batches
    this.#onDropped = onDropped
  }

  /** History is over: from now on entries may be dropped. */
  get isLive(): boolean {
    return this.#live
  }

  async next(): Promise<EntryBatch | undefined> {
    if (!this.#live) {
      const batch = await this.#batches.next()
      if (batch === undefined || batch.history) return batch
      this.#live = true
      this.#take(batch)
      void this.#read()
    }
    if (this.#entries.length === 0 && this.#over === undefined) await new Promise<void>((resolve) => (this.#wake = resolve))
    const entries = this.#entries
    this.#entries = []
    if (entries.length > 0) return { entries, history: false }
    if (typeof this.#over === 'object') throw this.#over.error
    return undefined
  }

  close(): void {
    this.#entries = []
    this.#over ??= 'finished'
    this.#batches.close()
    this.#wake()
  }

  /** The transport is full. */
  block(): void {
    this.#blocked = true
  }

  /** The transport takes more; `waiting` did not get through before it was full. */
  unblock(waiting: readonly SourceEntry[]): void {
    this.#blocked = false
    this.#entries = [...waiting, ...this.#entries]
    this.#trim()
  }

  async #read(): Promise<void> {
    try {
      for (let batch = await this.#batches.next(); batch !== undefined; batch = await this.#batches.next()) this.#take(batch)
      this.#over ??= 'finished'
    } catch (error) {
      this.#over ??= { error }
    }
    this.#wake()
  }

  #take({ entries }: EntryBatch): void {
    if (this.#over !== undefined) return
    this.#entries = this.#entries.length === 0 ? [...entries] : this.#entries.concat(entries)
    if (this.#blocked) this.#trim()
    this.#wake()
  }

  #trim(): void {
    const dropped = this.#entries.length - 1
    if (dropped <= 0) return
    this.#entries = [withGapsOf(this.#entries)]
    this.#onDropped(dropped)
  }
}

/** The newest entry, with the gaps before all of them joined into its own. */
function withGapsOf(entries: readonly SourceEntry[]): SourceEntry {
  const newest = entries.at(-1)!
  const gaps = entries.flatMap(({ gap }) => gap ?? [])
  return gaps.length === 0 ? newest : { ...newest, gap: gaps.reduce(joinGaps) }
}
