import { decode } from 'jpeg-js'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Feed, type FeedLog } from './synthetic-feed.ts'
import { Film, pictureHeight, pictureWidth } from './synthetic-picture.ts'
import { pointBytes, pointsAt, poseAt } from './synthetic-scene.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const clock = { nowNs: () => BigInt(Math.round(performance.now() * 1e6)) }

test('a feed keeps its rate and stamps with its clock, until it is disposed of', () => {
  const taken: { timestampNs: bigint; payload: number }[] = []
  const log: FeedLog<number> = { append: (entry) => void taken.push(entry) }
  const feed = new Feed({ log, clock, rateHz: 30, payloadAt: (tick) => tick })
  const startNs = clock.nowNs()
  vi.advanceTimersByTime(10_050)
  expect(taken).toHaveLength(302)
  expect(taken.at(-1)!.payload).toBe(301)
  expect(Number(taken.at(-1)!.timestampNs - startNs) / 1e6).toBeCloseTo((301 * 1_000) / 30, -1)
  feed[Symbol.dispose]()
  vi.advanceTimersByTime(1_000)
  expect(taken).toHaveLength(302)
})

test('while there is no room it appends nothing; afterwards it goes on with what is now', async () => {
  const room = Promise.withResolvers<void>()
  const ticks: number[] = []
  const append = ({ payload }: { payload: number }): Promise<void> | undefined => (ticks.push(payload) === 1 ? room.promise : undefined)
  using _feed = new Feed({ log: { append }, clock, rateHz: 10, payloadAt: (tick) => tick })
  vi.advanceTimersByTime(1_050)
  expect(ticks).toEqual([0])
  room.resolve()
  await room.promise
  vi.advanceTimersByTime(100)
  expect(ticks).toEqual([0, 11])
})

test('a log that takes no more ends it', () => {
  const append = vi.fn(() => {
    throw new Error('sealed')
  })
  using _feed = new Feed({ log: { append }, clock, rateHz: 10, payloadAt: () => 0 })
  vi.advanceTimersByTime(1_000)
  expect(append).toHaveBeenCalledTimes(1)
})

test('the pictures are JPEG, move, and come again', () => {
  const film = new Film()
  const { width, height, data } = decode(film.picture(0))
  expect({ width, height }).toEqual({ width: pictureWidth, height: pictureHeight })
  expect(Buffer.compare(data, decode(film.picture(15)).data)).not.toBe(0)
  expect(film.picture(30)).toBe(film.picture(0))
})

test('the points and the pose are finite and move', () => {
  const points = pointsAt(1)
  expect(points.length % pointBytes).toBe(0)
  const floats = new Float32Array(points.buffer)
  expect(floats.every((value) => Number.isFinite(value) && Math.abs(value) < 10)).toBe(true)
  expect(Buffer.compare(points, pointsAt(2))).not.toBe(0)
  const { orientation } = poseAt(3)
  expect(Math.hypot(orientation.z, orientation.w)).toBeCloseTo(1)
  expect(poseAt(3)).not.toEqual(poseAt(4))
})
