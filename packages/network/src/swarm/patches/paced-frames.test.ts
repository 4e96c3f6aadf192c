import type { MessageStream } from '@libp2p/interface'
import { beforeEach, describe, expect, test } from 'vitest'
import { ManualTurns } from '../../testing/manual-turns.ts'
import { TurnShare } from '../turns/turn-share.ts'
import { type FrameRules, type Muxing, PacedFrames } from './paced-frames.ts'

type Frame = Parameters<Muxing['handleFrame']>[0] & { readonly no: number }

const rules: FrameRules = { sliceMs: 2, openingsPerSlice: 8, closingMs: 20, unfinishedBytesMax: 1_000, unansweredMax: 100 }
const opening = (no: number): Frame => ({ header: { type: 1, flag: 1 }, no })
const ping = (no: number): Frame => ({ header: { type: 2, flag: 1 }, no })
const data = (no: number): Frame => ({ header: { type: 0, flag: 0 }, no })
const many = (make: (no: number) => Frame, count: number): Frame[] => Array.from({ length: count }, (_, no) => make(no))

/** Hands out what it kept by `resume`, and then goes on reading whatever was asked for in there, as libp2p does. */
class Source {
  status = 'open'
  writableNeedsDrain = false
  reading = true
  paused = false
  kept: Frame[][] = []
  aborted: string | undefined
  #handOut = (_frames: Frame[]) => {}
  follow(handOut: (frames: Frame[]) => void): void {
    this.#handOut = handOut
  }
  bring(frames: Frame[]): void {
    if (this.paused) this.kept.push(frames)
    else this.#handOut(frames)
  }
  pause(): void {
    if (this.paused) return
    this.paused = true
    this.reading = false
  }
  resume(): void {
    if (!this.paused) return
    this.paused = false
    const kept = this.kept.splice(0).flat()
    if (kept.length > 0) this.#handOut(kept)
    this.reading = true
  }
  abort(error: Error): void {
    this.aborted = error.message
  }
}

let turns: ManualTurns
let share: TurnShare
let source: Source
let handled: number[]
let unfinished: number
let costMs: number
let restMs: number

beforeEach(() => {
  turns = new ManualTurns()
  share = new TurnShare(turns, 10)
  handled = []
  unfinished = 0
  costMs = 0
  restMs = 0
})

function start(): { readonly frames: PacedFrames; readonly bring: (frames: Frame[]) => number } {
  source = new Source()
  const muxer = {
    decoder: {
      buffer: {
        get byteLength() {
          return unfinished
        }
      },
      emitFrames: (bytes: unknown) => bytes as Frame[]
    },
    handleFrame: (frame: Frame) => {
      handled.push(frame.no)
      turns.ms += costMs
    },
    abort: () => {}
  }
  const sender = { share: () => share, charge: () => restMs }
  const frames = new PacedFrames({
    ...{ source: source as unknown as MessageStream, muxer: muxer as unknown as Muxing },
    ...{ sender, rules, turns }
  })
  source.follow((list) => frames.take(list as never))
  return { frames, bring: (list) => turns.event(() => source.bring(list)) }
}

/** Turns until nothing is planned any more. @returns the longest, ms. */
function untilIdle(): number {
  let longestMs = 0
  while (!turns.idle) {
    longestMs = Math.max(longestMs, turns.turn())
    turns.ms += 1
  }
  return longestMs
}

const inOrder = (count: number): number[] => Array.from({ length: count }, (_, no) => no)

describe('frames of a connection', () => {
  test('are handled at once while they cost little', () => {
    const { bring } = start()
    bring(many(data, 50))
    expect(handled).toEqual(inOrder(50))
    expect(source.reading).toBe(true)
  })

  test('that cost much are spread over turns, in order, and the source is not read meanwhile', () => {
    costMs = 1
    const { bring } = start()
    expect(bring(many(opening, 500))).toBeLessThanOrEqual(12)
    expect(handled.length).toBeLessThanOrEqual(12)
    expect(source.reading).toBe(false)
    expect(untilIdle()).toBeLessThanOrEqual(12)
    expect(handled).toEqual(inOrder(500))
    expect(source.reading).toBe(true)
  })

  test('that open substreams are followed by what they lead to, a few at a time', () => {
    const { frames } = start()
    frames.take(many(opening, 100) as never)
    expect(handled).toHaveLength(rules.openingsPerSlice)
  })

  test('of one that is dear, others get their turns between', () => {
    costMs = 4
    const dear = start()
    dear.bring(many(opening, 100))
    const dearSource = source
    const modest = start()
    modest.bring([data(1_000)])
    turns.turn()
    turns.turn()
    expect(handled.indexOf(1_000)).toBeGreaterThan(0)
    expect(handled.length).toBeLessThan(20)
    expect(dearSource.reading).toBe(false)
  })

  test('wait for as long as their sender is to rest', () => {
    costMs = 1
    restMs = 100
    const { bring } = start()
    bring(many(data, 4))
    const beganMs = turns.ms
    expect(handled).toHaveLength(2)
    while (handled.length < 4) {
      turns.turn()
      turns.ms += 1
    }
    expect(turns.ms - beganMs).toBeGreaterThanOrEqual(100)
  })

  test('a source that is let go on is paused again by what it kept, if that is dear', () => {
    costMs = 1
    const { bring } = start()
    bring(many(opening, 20))
    expect(source.reading).toBe(false)
    source.bring(many((no) => opening(20 + no), 100))
    while (handled.length < 30) turns.turn()
    expect(source.reading).toBe(false)
    untilIdle()
    expect(handled).toEqual(inOrder(120))
    expect(source.reading).toBe(true)
  })
})

describe('a connection is ended', () => {
  test('by a frame that never is whole', () => {
    unfinished = 1_001
    const { bring } = start()
    bring([])
    expect(source.aborted).toBe('a frame is longer than any window')
  })

  test('by questions whose answers are not read', () => {
    const { bring } = start()
    bring(many(ping, 500))
    expect(source.aborted).toBeUndefined()
    source.writableNeedsDrain = true
    bring(many(ping, 500))
    expect(source.aborted).toBe('it asks on and does not read the answers')
    expect(handled).toHaveLength(600)
  })

  test('and what it brought before is handled when it was closed, and forgotten when it was cut', () => {
    costMs = 1
    for (const [status, count] of [
      ['closed', 12],
      ['reset', 10]
    ] as const) {
      handled = []
      share = new TurnShare(turns, 10)
      const { frames, bring } = start()
      bring(many(data, 12))
      expect(handled).toHaveLength(10)
      source.status = status
      frames.finish()
      untilIdle()
      expect(handled).toHaveLength(count)
    }
  })
})
