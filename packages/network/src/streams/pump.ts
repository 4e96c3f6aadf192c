/**
 * From a source to a substream: take the entries that are there, write them in pieces, wait while the transport is full or others are more urgent.
 *
 * The source is not asked meanwhile: a slow consumer slows its own stream and no other, and nothing queues here.
 */
import type { Substream } from '../exchange/substream.ts'
import { Newest } from './newest-entry.ts'
import { type Piece, PieceMaker, type Stamp } from './pieces.ts'
import type { SendGate } from './send-gate.ts'
import type { EntryBatch, EntryBatches } from './stream-api.ts'

export interface PumpInit {
  readonly substream: Substream
  readonly source: EntryBatches
  readonly gate: SendGate
  readonly keep: 'all' | 'latest'
}

export class Pump {
  readonly #substream: Substream
  readonly #source: EntryBatches
  readonly #gate: SendGate
  /** Set when only the newest entry is to wait for the transport. */
  readonly #newest: Newest | undefined
  readonly #stamp: Stamp = { seq: 0n, dropped: 0n }
  readonly #pieces: PieceMaker
  #stopped = false

  constructor({ substream, source, gate, keep }: PumpInit) {
    this.#substream = substream
    this.#gate = gate
    this.#pieces = new PieceMaker(this.#stamp, () => gate.pieceBytes)
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
      this.#gate.endTurn()
      if (!this.#mayBegin()) await this.#held()
      const batch = this.#stopped ? undefined : await this.#source.next()
      if (batch === undefined) return
      if (this.#mayBegin()) await this.#write(batch)
      else await this.#putBack(batch)
    }
  }

  /** Ends the source at once; an entry that is half written is finished. */
  stop(): void {
    this.#stopped = true
    this.#source.close()
    this.#gate.open()
  }

  async #write({ entries, history }: EntryBatch): Promise<void> {
    const newest = history ? undefined : this.#newest
    const before = this.#stamp.seq
    let isHeld = false
    const stopped = () => {
      isHeld ||= !this.#mayTakeEntry
      return this.#stopped || (isHeld && newest !== undefined)
    }
    for (const piece of this.#pieces.of(entries, stopped)) {
      this.#substream.send(piece)
      this.#gate.sent(bytesOf(piece), this.#stamp.seq)
      if (this.#mayGoOn()) continue
      isHeld = true
      newest?.block()
      await this.#room()
    }
    if (isHeld) newest?.unblock(entries.slice(Number(this.#stamp.seq - before)))
  }

  #mayGoOn(): boolean {
    return this.#substream.flushed && this.#gate.isFree
  }

  /** Nothing is dropped of history, so it does not wait for confirmations: what is not taken yet holds it up by itself. */
  get #mayTakeEntry(): boolean {
    return this.#newest?.isLive !== true || this.#gate.takesEntry
  }

  #mayBegin(): boolean {
    return this.#mayGoOn() && this.#mayTakeEntry
  }

  /** Waits until the next entry may be begun: of those that come meanwhile only the newest counts, where that is wanted. */
  async #held(): Promise<void> {
    this.#newest?.block()
    while (!this.#stopped && !this.#mayTakeEntry) await this.#gate.confirmation()
    await this.#room()
    this.#newest?.unblock([])
  }

  /** These have come late: what was free when they were asked for is not any more. */
  async #putBack(batch: EntryBatch): Promise<void> {
    if (this.#newest?.isLive === true) return this.#newest.unblock(batch.entries)
    await this.#room()
    await this.#write(batch)
  }

  /** Waits until the transport takes more and it is this stream's turn. */
  async #room(): Promise<void> {
    for (;;) {
      if (!this.#substream.flushed) await this.#substream.drained()
      if (this.#stopped || this.#gate.isFree) return
      await this.#gate.turn()
      // A turn that was given counts, even if others have come since.
      if (this.#stopped || this.#substream.flushed) return
    }
  }
}

function bytesOf(piece: Piece): number {
  let bytes = 0
  for (const part of piece) bytes += part.length
  return bytes
}
