/**
 * An app's source, item by item, turned into batches.
 *
 * Each item costs a promise of the source, but not a write of the transport: items that are there without waiting are taken together. A single item is
 * delayed by some microtasks for that, which is less than a microsecond.
 */
import { encodePayload, type PayloadKind } from '@auki/datatypes'
import type { EntryBatch, EntryBatches, SourceEntry, StreamItem } from './stream-api.ts'

/** A batch that has this many bytes goes out. */
const batchBytes = 65_536
/** What an entry counts for beside its payload: without it a batch of empty entries would never be full. */
const entryBytes = 32
/** A source that has an item ready delivers it within that many microtasks. */
const patience = 16
/** To go on in a microtask; `queueMicrotask` costs three times as much. */
const settled = Promise.resolve()

interface Waiter {
  resolve(batch: EntryBatch | undefined): void
  reject(error: unknown): void
}

type Over = 'finished' | 'closed' | { readonly error: unknown }
type Result = IteratorResult<StreamItem, unknown>

export class ItemBatches implements EntryBatches {
  readonly #iterator: AsyncIterator<StreamItem>
  readonly #kind: PayloadKind
  #entries: SourceEntry[] = []
  #bytes = 0
  #waiter: Waiter | undefined
  #pulling = false
  #hops = 0
  #over: Over | undefined

  constructor(source: AsyncIterable<StreamItem>, kind: PayloadKind) {
    this.#iterator = source[Symbol.asyncIterator]()
    this.#kind = kind
  }

  next(): Promise<EntryBatch | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
      this.#go()
    })
  }

  close(): void {
    this.#entries = []
    if (this.#over === undefined) this.#leave('closed')
    this.#deliver()
  }

  #leave(over: Over): void {
    this.#over = over
    try {
      Promise.resolve(this.#iterator.return?.()).catch(() => {})
    } catch {
      // Nobody is left to hear of it.
    }
  }

  #go(): void {
    if (this.#waiter === undefined) return
    if (this.#over !== undefined || this.#bytes >= batchBytes) return this.#deliver()
    if (!this.#pulling) this.#pull()
    if (this.#entries.length > 0) this.#waitALittle()
  }

  #pull(): void {
    this.#pulling = true
    try {
      Promise.resolve(this.#iterator.next()).then(this.#onItem, this.#onError)
    } catch (error) {
      this.#onError(error)
    }
  }

  readonly #onItem = ({ done, value }: Result): void => {
    this.#pulling = false
    if (this.#over !== undefined) return
    try {
      if (done === true) this.#over = 'finished'
      else this.#push(value)
    } catch (error) {
      this.#leave({ error })
    }
    this.#go()
  }

  readonly #onError = (error: unknown): void => {
    this.#pulling = false
    this.#over ??= { error }
    this.#go()
  }

  #push({ timestampNs, payload, position, gap }: StreamItem): void {
    const bytes = encodePayload(this.#kind, payload)
    this.#entries.push({ timestampNs, bytes, position, gap })
    this.#bytes += bytes.length + entryBytes
  }

  /** Delivers what there is when the source gives nothing more at once. */
  #waitALittle(): void {
    const waits = this.#hops > 0
    this.#hops = patience
    if (!waits) void settled.then(this.#hop)
  }

  readonly #hop = (): void => {
    this.#hops--
    if (this.#hops > 0) void settled.then(this.#hop)
    else if (this.#entries.length > 0) this.#deliver()
  }

  #deliver(): void {
    const waiter = this.#waiter
    const entries = this.#entries
    if (waiter === undefined) return
    this.#waiter = undefined
    this.#entries = []
    this.#bytes = 0
    if (entries.length > 0) waiter.resolve({ entries, history: false })
    else if (typeof this.#over === 'object') waiter.reject(this.#over.error)
    else waiter.resolve(undefined)
  }
}
