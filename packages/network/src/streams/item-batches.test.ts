import { describe, expect, it, vi } from 'vitest'
import { ItemBatches } from './item-batches.ts'
import type { StreamItem } from './stream-api.ts'

type Item = StreamItem<'bytes'>

const item = (n: number, bytes = 1): Item => ({ timestampNs: BigInt(n), payload: new Uint8Array(bytes) })
const batchesOf = (source: AsyncIterable<Item>) => new ItemBatches(source, 'bytes')
const timestamps = async (batches: ItemBatches) => (await batches.next())?.entries.map(({ timestampNs }) => Number(timestampNs))

/** A source that gives an item when the test has one. */
class Tap implements AsyncIterableIterator<Item> {
  readonly asked: PromiseWithResolvers<IteratorResult<Item, undefined>>[] = []
  returned = 0

  next(): Promise<IteratorResult<Item, undefined>> {
    const next = Promise.withResolvers<IteratorResult<Item, undefined>>()
    this.asked.push(next)
    return next.promise
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.returned++
    return { done: true, value: undefined }
  }

  give(...items: Item[]): void {
    for (const value of items) this.asked.shift()!.resolve({ done: false, value })
  }
}

async function* numbers(count: number, bytes = 1): AsyncGenerator<Item> {
  for (let n = 0; n < count; n++) yield item(n, bytes)
}

describe('items that are there', () => {
  it('come together, up to what goes out at once', async () => {
    const batches = batchesOf(numbers(5_000))
    const [first, second] = [await timestamps(batches), await timestamps(batches)]
    expect(first!.length).toBeGreaterThan(1_000)
    expect(first!.length).toBeLessThan(2_500)
    expect(second![0]).toBe(first!.length)
  })

  it('come one by one when each is large', async () => {
    const batches = batchesOf(numbers(3, 70_000))
    expect([await timestamps(batches), await timestamps(batches), await timestamps(batches), await timestamps(batches)]).toEqual([
      [0],
      [1],
      [2],
      undefined
    ])
  })

  it('come together also from a source that wraps others', async () => {
    async function* wrapped(): AsyncGenerator<Item> {
      for await (const one of numbers(10)) yield one
    }
    expect(await timestamps(batchesOf(wrapped()))).toHaveLength(10)
  })
})

describe('a lone item', () => {
  it('goes out without a turn of the event loop, and the next one is waited for', async () => {
    const tap = new Tap()
    const batches = batchesOf(tap)
    const arrived: unknown[] = []
    void timestamps(batches).then((batch) => arrived.push(batch))
    tap.give(item(1))
    const turn = new Promise<void>((resolve) => setImmediate(resolve))
    for (let i = 0; i < 100 && arrived.length === 0; i++) await undefined
    expect(arrived).toEqual([[1]])
    await turn
    expect(tap.asked).toHaveLength(1)
    tap.give(item(2))
    expect(await timestamps(batches)).toEqual([2])
  })

  it('of a source that nobody asks does not make it ask for more than the one after', async () => {
    const tap = new Tap()
    const batches = batchesOf(tap)
    const first = timestamps(batches)
    tap.give(item(1))
    await first
    tap.give(item(2))
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(tap.asked).toHaveLength(0)
    expect(await timestamps(batches)).toEqual([2])
  })
})

describe('the end', () => {
  it('comes after the last item, and again', async () => {
    const batches = batchesOf(numbers(2))
    expect([await timestamps(batches), await timestamps(batches), await timestamps(batches)]).toEqual([[0, 1], undefined, undefined])
  })

  it.each([
    [
      'throws',
      (error: Error) => ({
        next: () => {
          throw error
        }
      })
    ],
    ['rejects', (error: Error) => ({ next: () => Promise.reject(error) })]
  ])('of a source that %s is its error', async (_, make) => {
    const error = new Error('no lens')
    const batches = batchesOf({ [Symbol.asyncIterator]: () => make(error) })
    await expect(batches.next()).rejects.toBe(error)
  })

  it('of a source that throws comes after its items', async () => {
    async function* failing(): AsyncGenerator<Item> {
      yield item(1)
      throw new Error('no lens')
    }
    const batches = batchesOf(failing())
    expect(await timestamps(batches)).toEqual([1])
    await expect(batches.next()).rejects.toThrow('no lens')
  })

  it.each([
    ['none', undefined],
    ['of another kind', { timestampNs: 1n, payload: { frame: 'no bytes' } }]
  ])('comes with an item that is %s, and the source is told', async (_, bad) => {
    const tap = new Tap()
    const batches = new ItemBatches(tap, 'camera')
    const next = batches.next()
    tap.give(bad as never)
    await expect(next).rejects.toThrow()
    expect(tap.returned).toBe(1)
  })
})

describe('closing', () => {
  it('wakes whoever waits and tells the source, once', async () => {
    const tap = new Tap()
    const batches = batchesOf(tap)
    const next = batches.next()
    batches.close()
    batches.close()
    expect(await next).toBeUndefined()
    expect(tap.returned).toBe(1)
    tap.give(item(1))
    expect(await batches.next()).toBeUndefined()
  })

  it('does not tell a source that is finished, and survives one that can not be told', async () => {
    const tap = new Tap()
    const finished = batchesOf(tap)
    const next = finished.next()
    tap.asked.shift()!.resolve({ done: true, value: undefined })
    await next
    finished.close()
    expect(tap.returned).toBe(0)
    const refuse = vi.fn(() => Promise.reject(new Error('no')))
    batchesOf({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: refuse }) }).close()
    batchesOf({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          throw new Error('no')
        }
      })
    }).close()
    batchesOf({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }).close()
    expect(refuse).toHaveBeenCalledOnce()
  })

  it('swallows what a pending item turns out to be', async () => {
    const tap = new Tap()
    const batches = batchesOf(tap)
    void batches.next()
    batches.close()
    tap.asked.shift()!.reject(new Error('too late'))
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(await batches.next()).toBeUndefined()
  })
})
