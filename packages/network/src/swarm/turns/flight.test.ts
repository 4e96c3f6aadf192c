import { describe, expect, it } from 'vitest'
import { Flight } from './flight.ts'

const rules = { queueMinMs: 30, queueMaxMs: 75, windowMinBytes: 4_096, windowFirstBytes: 16_384, windowMaxBytes: 64 * 1_048_576 }

/** A path with a rate and a delay, and a sender that sends whenever there is room, 1,400 bytes and a mark at a time. */
class Path {
  readonly flight = new Flight(rules)
  nowMs = 0
  sentBytes = 0
  /** The longest that anything waited on the way, since it was set. */
  queueMaxMs = 0
  bytesPerMs: number
  tripMs: number
  #key = 0
  #freeMs = 0
  #answers: { key: number; atMs: number }[] = []

  constructor(bytesPerMs: number, tripMs: number) {
    this.bytesPerMs = bytesPerMs
    this.tripMs = tripMs
  }

  /** @param wantedPerMs - what the sender would send at most, bytes per ms */
  run(forMs: number, wantedPerMs = Number.POSITIVE_INFINITY): this {
    const endMs = this.nowMs + forMs
    let wanted = Math.min(wantedPerMs, 1e9)
    for (; this.nowMs < endMs; this.nowMs++, wanted += wantedPerMs) {
      while (this.#answers[0] !== undefined && this.#answers[0].atMs <= this.nowMs)
        this.flight.answered(this.#answers.shift()!.key, this.nowMs)
      // However much it takes, a test ends.
      for (let pieces = 0; pieces < 1_000 && wanted >= 1_400 && this.flight.hasRoom(); pieces++) {
        this.#send(1_400)
        wanted -= 1_400
      }
      if (this.flight.isClear && this.nowMs % 20 === 0) this.#send(0)
    }
    return this
  }

  #send(bytes: number): void {
    this.flight.sent(bytes)
    this.sentBytes += bytes
    this.flight.mark(++this.#key, this.nowMs)
    this.#freeMs = Math.max(this.#freeMs, this.nowMs) + bytes / this.bytesPerMs
    this.queueMaxMs = Math.max(this.queueMaxMs, this.#freeMs - this.nowMs)
    this.#answers.push({ key: this.#key, atMs: this.#freeMs + this.tripMs })
  }

  /** The share of what the path could have carried, over so many ms. */
  use(forMs: number, wantedPerMs?: number): number {
    const before = this.sentBytes
    this.queueMaxMs = 0
    this.run(forMs, wantedPerMs)
    return (this.sentBytes - before) / (forMs * Math.min(wantedPerMs ?? Number.POSITIVE_INFINITY, this.bytesPerMs))
  }
}

describe('bytes in flight', () => {
  it.each([
    [125, 20],
    [125, 700],
    [1_250, 100],
    [12_500, 5]
  ])('fill a path of %i bytes/ms and %i ms, with a queue of no more than 100 ms', (bytesPerMs, tripMs) => {
    const path = new Path(bytesPerMs, tripMs).run(20 * tripMs + 2_000)
    expect(path.use(10_000)).toBeGreaterThan(0.95)
    expect(path.queueMaxMs).toBeLessThan(100)
  })

  it('are no fewer than a sender needs that does not fill the path, however long the path is', () => {
    const path = new Path(1_250, 700).run(15_000, 100)
    expect(path.use(10_000, 100)).toBeGreaterThan(0.95)
  })

  it('follow a path that becomes slower, and one that becomes faster', () => {
    const path = new Path(1_250, 40).run(5_000)
    path.bytesPerMs = 125
    path.run(5_000)
    expect(path.use(5_000)).toBeGreaterThan(0.9)
    expect(path.queueMaxMs).toBeLessThan(100)
    path.bytesPerMs = 1_250
    path.run(5_000)
    expect(path.use(5_000)).toBeGreaterThan(0.9)
  })

  it('take a longer way for what it is, and not for a queue', () => {
    const path = new Path(1_250, 10).run(3_000)
    path.tripMs = 300
    path.run(15_000)
    expect(path.use(5_000)).toBeGreaterThan(0.9)
    path.tripMs = 10
    path.run(5_000)
    expect(path.use(5_000)).toBeGreaterThan(0.9)
    expect(path.queueMaxMs).toBeLessThan(100)
  })

  it('double at the beginning of a long way, although TCP is slow there itself and makes some trips longer', () => {
    const path = new Path(12_500, 700).run(710)
    path.tripMs = 820
    path.run(4 * 820)
    expect(path.flight.windowBytes).toBeGreaterThan(8 * rules.windowFirstBytes)
  })

  it('fill a path that is slow even for the fewest, without looking how long it is again and again', () => {
    const path = new Path(50, 5).run(5_000)
    expect(path.use(20_000)).toBeGreaterThan(0.97)
  })

  it('are not held to less for long by a machine that stops for a moment now and then', () => {
    const path = new Path(50_000, 1).run(1_000)
    const before = path.sentBytes
    for (let times = 0; times < 10; times++) {
      path.tripMs = 150
      path.run(150)
      path.tripMs = 1
      path.run(350)
    }
    expect((path.sentBytes - before) / (5_000 * 50_000)).toBeGreaterThan(0.6)
  })

  it('get no more while nothing is answered', () => {
    const path = new Path(125, 20).run(3_000)
    path.tripMs = Number.POSITIVE_INFINITY
    path.run(1_000)
    const before = path.sentBytes
    path.run(60_000)
    expect(path.sentBytes).toBe(before)
  })

  it('are not confused by answers to what was never sent, or twice', () => {
    const flight = new Flight(rules)
    flight.answered(7, 1)
    flight.sent(1_000)
    flight.mark(1, 10)
    flight.answered(0, 20)
    flight.answered(-5, 20)
    expect(flight.bytes).toBe(1_000)
    flight.answered(99, 30)
    expect([flight.bytes, flight.baseMs]).toEqual([0, 20])
    flight.answered(1, 40)
    expect([flight.bytes, flight.baseMs]).toEqual([0, 20])
  })

  it('may be more for who is more urgent', () => {
    const flight = new Flight(rules)
    flight.sent(1_000)
    flight.mark(1, 0)
    flight.answered(1, 50)
    flight.sent(flight.windowBytes)
    flight.mark(2, 60)
    expect([flight.hasRoom(), flight.hasRoom(120)]).toEqual([false, true])
  })
})
