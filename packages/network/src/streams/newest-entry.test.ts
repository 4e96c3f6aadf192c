import { describe, expect, it } from 'vitest'
import { turn } from '../testing/manual-timers.ts'
import { Newest } from './newest-entry.ts'
import type { EntryBatch, EntryBatches, SourceEntry } from './stream-api.ts'

const entryOf = (number: number): SourceEntry => ({ timestampNs: BigInt(number), bytes: new Uint8Array(0) })

/** Batches by number that a test adds; what was asked is answered at once or when something comes. */
class Batches implements EntryBatches {
  closed = false
  readonly #waiting: (EntryBatch | Error | undefined)[] = []
  #wake = () => {}

  add(history: boolean, ...numbers: number[]): this {
    return this.#push({ history, entries: numbers.map(entryOf) })
  }

  over(error?: Error): this {
    return this.#push(error)
  }

  async next(): Promise<EntryBatch | undefined> {
    while (this.#waiting.length === 0) {
      if (this.closed) return undefined
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    const next = this.#waiting.shift()
    if (next instanceof Error) throw next
    return next
  }

  close(): void {
    this.closed = true
    this.#wake()
  }

  #push(next: EntryBatch | Error | undefined): this {
    this.#waiting.push(next)
    this.#wake()
    return this
  }
}

function setUp() {
  const batches = new Batches()
  const state = { dropped: 0 }
  const newest = new Newest(batches, (count) => (state.dropped += count))
  const next = async (): Promise<number[] | undefined> => (await newest.next())?.entries.map(({ timestampNs }) => Number(timestampNs))
  return { batches, state, newest, next }
}

describe('of what waits for the transport', () => {
  it('nothing is dropped while it takes all', async () => {
    const { batches, state, next } = setUp()
    batches.add(false, 1, 2)
    expect(await next()).toEqual([1, 2])
    batches.add(false, 3).add(false, 4, 5)
    await turn()
    expect([await next(), state.dropped]).toEqual([[3, 4, 5], 0])
  })

  it('only the newest is kept while it is full, of what was under way as well', async () => {
    const { batches, state, newest, next } = setUp()
    batches.add(false, 1, 2, 3)
    await next()
    newest.block()
    batches.add(false, 4).add(false, 5, 6)
    await turn()
    expect(state.dropped).toBe(2)
    newest.unblock([2, 3].map(entryOf))
    expect([await next(), state.dropped]).toEqual([[6], 4])
  })

  it('the newest is what was under way when nothing came since', async () => {
    const { batches, state, newest, next } = setUp()
    batches.add(false, 1, 2, 3)
    await next()
    newest.block()
    newest.unblock([2, 3].map(entryOf))
    expect([await next(), state.dropped]).toEqual([[3], 1])
  })

  it('history is kept whole, and is not read ahead', async () => {
    const { batches, state, newest, next } = setUp()
    batches.add(true, 1, 2).add(true, 3).add(false, 4)
    newest.block()
    expect([await next(), await next()]).toEqual([[1, 2], [3]])
    newest.unblock([])
    expect([await next(), state.dropped]).toEqual([[4], 0])
  })

  it('what is held goes out before the end, and before a failure', async () => {
    for (const failure of [undefined, new Error('no lens')]) {
      const { batches, next } = setUp()
      batches.add(false, 1)
      await next()
      batches.add(false, 2).over(failure)
      await turn()
      expect(await next()).toEqual([2])
      if (failure) await expect(next()).rejects.toBe(failure)
      else expect(await next()).toBeUndefined()
    }
  })

  it('nothing is left once it is closed, and who waits is told', async () => {
    const { batches, newest, next } = setUp()
    batches.add(false, 1)
    await next()
    const waiting = next()
    newest.close()
    batches.add(false, 2)
    expect([await waiting, await next(), batches.closed]).toEqual([undefined, undefined, true])
  })
})
