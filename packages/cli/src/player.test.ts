import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Track } from './mcap/channels.ts'
import type { TimedEntry } from './mcap/recording-reader.ts'
import type { PlayedLog } from './playback.ts'
import { Player, type PlayerInit } from './player.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n

/** A log, and when its entries were appended: ms since the test began. */
function part(topic: string) {
  const startMs = performance.now()
  const self = { track: { topic } as Track, taken: [] as [timestampNs: bigint, atMs: number][], sealed: false, full: false }
  const played = {
    resourceId: topic,
    append: ({ timestampNs }: { timestampNs: bigint }) => {
      if (self.full) throw new Error('it is full')
      self.taken.push([timestampNs, Math.round(performance.now() - startMs)])
    },
    seal: async () => {
      self.sealed = true
    }
  } as PlayedLog
  return { ...self, self, played }
}

/** Entries of a log at times of the recording, ms; their timestamps are 1 s later. */
async function* items(...entries: readonly (readonly [of: { readonly track: Track }, ms: number])[]): AsyncGenerator<TimedEntry> {
  for (const [{ track }, ms] of entries) yield { track, atNs: ns(ms), timestampNs: ns(ms + 1_000), bytes: new Uint8Array(0) }
}

function playerOf(parts: readonly ReturnType<typeof part>[], init: Partial<PlayerInit> = {}) {
  const failed: string[] = []
  const player = new Player({
    parts: new Map(parts.map(({ track, played }) => [track, played])),
    rate: 1,
    maxGapMs: 5_000,
    onFailed: ({ topic }, reason) => failed.push(`${topic}: ${reason}`),
    signal: new AbortController().signal,
    ...init
  })
  return { player, failed }
}

const timesOf = ({ taken }: ReturnType<typeof part>): number[] => taken.map(([, atMs]) => atMs)

test.each([
  [1, [0, 100, 250, 250, 400]],
  [2, [0, 50, 125, 125, 200]]
])('entries come at %i times the pace they were recorded at, all logs on one timeline', async (rate, expected) => {
  const [a, b] = [part('a'), part('b')]
  const { player } = playerOf([a, b], { rate })
  const playing = player.play(items([a, 0], [a, 100], [b, 250], [a, 240], [a, 400]))
  await vi.advanceTimersByTimeAsync(1_000)
  await playing
  expect([...timesOf(a), ...timesOf(b)].toSorted((x, y) => x - y)).toEqual(expected)
  expect(a.taken[1]).toEqual([ns(1_100), 100 / rate])
  await player.seal()
  expect([a.self.sealed, b.self.sealed]).toEqual([true, true])
  expect(player.progress).toEqual({ entries: 5, bytes: 0, atNs: ns(400) })
})

test('a jump takes the longest pause at most, forward, and back none; afterwards the pace is as before', async () => {
  const a = part('a')
  const { player } = playerOf([a], { maxGapMs: 2_000 })
  const playing = player.play(items([a, 0], [a, 3_600_000], [a, 3_600_100], [a, 200], [a, 300]))
  await vi.advanceTimersByTimeAsync(10_000)
  await playing
  expect(timesOf(a)).toEqual([0, 2_000, 2_100, 2_100, 2_200])
})

test('a log that takes no more is told of once, and does not end the others', async () => {
  const [a, b] = [part('a'), part('b')]
  a.self.full = true
  const { player, failed } = playerOf([a, b])
  await player.play(items([a, 0], [b, 0], [a, 0], [b, 0]))
  expect(failed).toEqual(['a: it is full'])
  expect(b.taken).toHaveLength(2)
})

test('what comes again comes later', async () => {
  const a = part('a')
  const { player } = playerOf([a])
  const playing = (async () => {
    await player.play(items([a, 0], [a, 100]))
    await player.play(items([a, 0], [a, 100]), ns(200))
  })()
  await vi.advanceTimersByTimeAsync(1_000)
  await playing
  expect(a.taken).toEqual([
    [ns(1_000), 0],
    [ns(1_100), 100],
    [ns(1_200), 200],
    [ns(1_300), 300]
  ])
})

test('stopped while it waits, it throws why at once', async () => {
  const a = part('a')
  const stop = new AbortController()
  const { player } = playerOf([a], { signal: stop.signal })
  const outcome = expect(player.play(items([a, 0], [a, 4_000]))).rejects.toThrow('enough')
  await vi.advanceTimersByTimeAsync(10)
  stop.abort(new Error('enough'))
  await outcome
  expect(a.taken).toHaveLength(1)
})

test('what is not played is passed over', async () => {
  const { player } = playerOf([])
  await player.play(items([part('other'), 0]))
  expect(player.progress.entries).toBe(0)
})
