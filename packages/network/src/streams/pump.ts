/**
 * From a source to a substream: take the entries that are there, write them in pieces, wait while the transport is full.
 *
 * The source is not asked while the transport is full: a slow consumer slows its own stream and no other, and nothing queues here.
 */
import type { Substream } from '../exchange/substream.ts'
import { Newest } from './newest-entry.ts'
import { PieceMaker, type Stamp } from './pieces.ts'
import type { EntryBatch, EntryBatches } from './stream-api.ts'

export class Pump {
  readonly #substream: Substream
  readonly #source: EntryBatches
  /** Set when only the newest entry is to wait for the transport. */
  readonly #newest: Newest | undefined
  readonly #stamp: Stamp = { seq: 0n, dropped: 0n }
  readonly #pieces = new PieceMaker(this.#stamp)
  #stopped = false

  constructor(substream: Substream, source: EntryBatches, keep: 'all' | 'latest') {
    this.#substream = substream
    this.#newest = keep === 'latest' ? new Newest(source, (count) => (this.#stamp.dropped += BigInt(count))) : undefined
    this.#source = this.#newest ?? source
  }

  /** Entries written so far. */
  get sent(): bigint {
    return this.#stamp.seq
  }

  /** Entries left out for newer ones. */
  get dropped(): bigint {
    return this.#stamp.dropped
  }

  /** Resolves when the source is finished, or after {@link stop}. @throws what the source threw, or why the substream ended. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      await this.#substream.drained()
      const batch = this.#stopped ? undefined : await this.#source.next()
      if (batch === undefined) return
      await this.#write(batch)
    }
  }

  /** Ends the source at once; an entry that is half written is finished. */
  stop(): void {
    this.#stopped = true
    this.#source.close()
  }

  async #write({ entries, history }: EntryBatch): Promise<void> {
    const newest = history ? undefined : this.#newest
    const before = this.#stamp.seq
    let blocked = false
    const stopped = () => this.#stopped || (blocked && newest !== undefined)
    for (const piece of this.#pieces.of(entries, stopped)) {
      this.#substream.send(piece)
      if (this.#substream.flushed) continue
      blocked = true
      newest?.block()
      await this.#substream.drained()
    }
    if (blocked) newest?.unblock(entries.slice(Number(this.#stamp.seq - before)))
  }
}
