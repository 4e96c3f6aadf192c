import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RecordedLog } from './mcap/recorded-log.ts'
import type { RecordedItem } from './mcap/recording-reader.ts'
import { type Part, play } from './player.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** A log on a clock, and when its entries were appended: ms since the test began. */
function part(clock: string): Part & { readonly taken: [timestampNs: bigint, atMs: number][]; sealed: boolean } {
  const startMs = performance.now()
  const log = { row: { variant: 'sensor_log', manifest: { clock: { hash: clock } } } } as unknown as RecordedLog
  const self = {
    log,
    taken: [] as [bigint, number][],
    sealed: false,
    played: {
      resourceId: clock,
      append: ({ timestampNs }: { timestampNs: bigint }) => void self.taken.push([timestampNs, Math.round(performance.now() - startMs)]),
      seal: async () => {
        self.sealed = true
      }
    }
  }
  return self
}

async function* items(...entries: readonly (readonly [topic: string, ms: number])[]): AsyncGenerator<RecordedItem> {
  for (const [topic, ms] of entries) yield { type: 'entry', topic, timestampNs: BigInt(ms) * 1_000_000n, bytes: new Uint8Array(0) }
}

const ms = (value: number): bigint => BigInt(value) * 1_000_000n

test('entries come at the pace they were recorded at, each clock for itself; then the logs are sealed', async () => {
  const [a, b] = [part('a'), part('b')]
  const parts = new Map([
    ['/a', a],
    ['/b', b]
  ])
  const file = items(['/a', 5_000], ['/a', 5_100], ['/b', 90_000], ['/a', 5_150], ['/a', 5_140], ['/b', 90_200])
  const playing = play(file, parts, new AbortController().signal)
  await vi.advanceTimersByTimeAsync(250)
  expect(b.sealed).toBe(false)
  await vi.advanceTimersByTimeAsync(50)
  expect(await playing).toBe(6)
  expect(a.taken).toEqual([
    [ms(5_000), 0],
    [ms(5_100), 100],
    [ms(5_150), 150],
    [ms(5_140), 150]
  ])
  expect(b.taken).toEqual([
    [ms(90_000), 100],
    [ms(90_200), 300]
  ])
  expect([a.sealed, b.sealed]).toEqual([true, true])
})

test('stopped while it waits, it throws why at once', async () => {
  const a = part('a')
  const stop = new AbortController()
  const playing = play(items(['/a', 0], ['/a', 3_600_000]), new Map([['/a', a]]), stop.signal)
  const outcome = expect(playing).rejects.toThrow('enough')
  await vi.advanceTimersByTimeAsync(10)
  stop.abort(new Error('enough'))
  await outcome
  expect(a.taken).toHaveLength(1)
})

test('what is not played is passed over', async () => {
  expect(await play(items(['/other', 0]), new Map(), new AbortController().signal)).toBe(0)
})
