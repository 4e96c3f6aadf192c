import { describe, expect, it } from 'vitest'
import { Uplink } from '../exchange/uplink.ts'
import * as stream from '../protocols/stream.ts'
import { encodeConfirmation } from '../protocols/stream-confirmation.ts'
import { FakeStream } from '../testing/fake-stream.ts'
import { ManualTimers, turn } from '../testing/manual-timers.ts'
import { ChunkQueue } from './chunk-queue.ts'
import { Confirmed } from './confirmed.ts'
import { Pump } from './pump.ts'
import { SendGate } from './send-gate.ts'
import type { EntryBatch, EntryBatches, SourceEntry } from './stream-api.ts'

/** A log that the test appends to. */
class Source implements EntryBatches {
  asked = 0
  closed = false
  #batches: (EntryBatch | Error)[] = []
  #wake = () => {}
  #ended = false

  append(...lengths: number[]): this {
    return this.#push({ history: false, entries: lengths.map((length) => entryOf(length)) })
  }

  history(...lengths: number[]): this {
    return this.#push({ history: true, entries: lengths.map((length) => entryOf(length)) })
  }

  fail(error: Error): this {
    return this.#push(error)
  }

  end(): this {
    this.#ended = true
    this.#wake()
    return this
  }

  async next(): Promise<EntryBatch | undefined> {
    this.asked++
    if (this.#batches.length === 0 && !this.#ended && !this.closed) await new Promise<void>((resolve) => (this.#wake = resolve))
    const next = this.#batches.shift()
    if (next instanceof Error) throw next
    return this.closed ? undefined : next
  }

  close(): void {
    this.closed = true
    this.#wake()
  }

  #push(batch: EntryBatch | Error): this {
    this.#batches.push(batch)
    this.#wake()
    return this
  }
}

let clock = 0n
const entryOf = (length: number): SourceEntry => ({ timestampNs: clock++, bytes: new Uint8Array(length) })

/** What went over the wire: seq, length and dropped of each entry. */
function seen(fake: FakeStream): [bigint, number, bigint][] {
  const queue = new ChunkQueue(stream.FRAME_BYTES_MAX)
  for (const chunk of fake.sent) queue.push(chunk)
  const entries: [bigint, number, bigint][] = []
  for (let frame = queue.take(); frame; frame = queue.take()) {
    const message = stream.decode(frame.bytes.subarray(frame.from, frame.to))
    if (message.kind === 'entry') entries.push([message.entry.seq, message.entry.payload.length, message.entry.dropped])
  }
  return entries
}
const lengths = (fake: FakeStream) => seen(fake).map(([, length]) => length)

function setup(keep: 'all' | 'latest', confirmed?: Confirmed) {
  const fake = new FakeStream()
  const source = new Source()
  const gate = new SendGate({ uplink: new Uplink(new ManualTimers(), undefined), urgency: 'bulk', confirmed })
  const pump = new Pump({ substream: fake.substream, source, gate, keep })
  return { fake, source, pump }
}

describe('a pump', () => {
  it('writes what there is at once, and each entry once', async () => {
    const { fake, source, pump } = setup('all')
    const run = pump.run()
    source.append(1, 2, 3)
    await turn()
    expect(fake.sent).toHaveLength(1)
    source.append(4).end()
    await run
    expect(seen(fake)).toEqual([
      [0n, 1, 0n],
      [1n, 2, 0n],
      [2n, 3, 0n],
      [3n, 4, 0n]
    ])
    expect([pump.sent, pump.dropped]).toEqual([4n, 0n])
  })

  it('does not ask the source while the transport is full, and loses nothing', async () => {
    const { fake, source, pump } = setup('all')
    void pump.run()
    fake.blocked = true
    source.append(10)
    await turn()
    const asked = source.asked
    source.append(20).append(30)
    await turn()
    expect(source.asked).toBe(asked)
    fake.unblock()
    await turn()
    expect(lengths(fake)).toEqual([10, 20, 30])
  })

  it('hands over one piece at a time', async () => {
    const { fake, source, pump } = setup('all')
    void pump.run()
    fake.blocked = true
    source.append(300_000)
    await turn()
    expect(fake.writeBufferLength).toBeLessThanOrEqual(16_384)
    for (let i = 0; i < 20; i++) {
      fake.unblock()
      fake.blocked = true
      await turn()
      expect(fake.writeBufferLength).toBeLessThanOrEqual(16_384)
    }
    expect(lengths(fake)).toEqual([300_000])
  })

  it('fails with what the source throws, after what came before', async () => {
    const { fake, source, pump } = setup('all')
    source.append(1).fail(new Error('no lens'))
    await expect(pump.run()).rejects.toThrow('no lens')
    expect(lengths(fake)).toEqual([1])
  })

  it('fails when the substream is cut, also while it waits for room', async () => {
    const { fake, source, pump } = setup('all')
    const run = pump.run()
    fake.blocked = true
    source.append(1)
    await turn()
    fake.remoteReset()
    await expect(run).rejects.toThrow('the peer reset it')
  })

  it('that is stopped closes the source and finishes the entry it is at', async () => {
    const { fake, source, pump } = setup('all')
    const run = pump.run()
    fake.blocked = true
    source.append(200_000, 5)
    await turn()
    pump.stop()
    expect(source.closed).toBe(true)
    fake.unblock()
    await run
    expect(lengths(fake)).toEqual([200_000])
  })

  it('that is stopped while the source is idle is done at once', async () => {
    const { source, pump } = setup('all')
    const run = pump.run()
    await turn()
    pump.stop()
    await run
    expect(source.closed).toBe(true)
  })
})

describe('a pump that keeps the latest', () => {
  it('drops nothing while the transport takes all', async () => {
    const { fake, source, pump } = setup('latest')
    void pump.run()
    source.append(1, 2, 3)
    await turn()
    source.append(4)
    await turn()
    expect(lengths(fake)).toEqual([1, 2, 3, 4])
    expect(pump.dropped).toBe(0n)
  })

  it('keeps of what waits only the newest, counts the others, and leaves no gap in seq', async () => {
    const { fake, source, pump } = setup('latest')
    void pump.run()
    fake.blocked = true
    source.append(100_000, 2)
    await turn()
    source.append(3)
    await turn()
    source.append(4, 5)
    await turn()
    fake.unblock()
    await turn()
    expect(seen(fake)).toEqual([
      [0n, 100_000, 0n],
      [1n, 5, 3n]
    ])
    expect([pump.sent, pump.dropped]).toEqual([2n, 3n])
  })

  it('reads the source all the time, so that nothing waits there', async () => {
    const { fake, source, pump } = setup('latest')
    void pump.run()
    fake.blocked = true
    source.append(1)
    await turn()
    const asked = source.asked
    source.append(2)
    await turn()
    source.append(3)
    await turn()
    expect(source.asked).toBe(asked + 2)
  })

  it('sends the history whole, and begins to drop after it', async () => {
    const { fake, source, pump } = setup('latest')
    void pump.run()
    fake.blocked = true
    source.history(100_000, 2).history(3).append(4).append(5, 6)
    for (let i = 0; i < 10; i++) {
      await turn()
      fake.unblock()
      fake.blocked = true
    }
    expect(lengths(fake).slice(0, 3)).toEqual([100_000, 2, 3])
    expect(lengths(fake).at(-1)).toBe(6)
    expect(pump.sent + pump.dropped).toBe(6n)
    expect(pump.dropped).toBeGreaterThan(0n)
  })

  it('sends what it holds before it ends or fails', async () => {
    for (const failure of [undefined, new Error('no lens')]) {
      const { fake, source, pump } = setup('latest')
      const run = pump.run()
      fake.blocked = true
      source.append(1, 2)
      await turn()
      if (failure) source.append(3).fail(failure)
      else source.append(3).end()
      await turn()
      fake.unblock()
      if (failure) await expect(run).rejects.toBe(failure)
      else await run
      expect(lengths(fake).at(-1)).toBe(3)
    }
  })
})

describe('a pump whose consumer confirms', () => {
  it('sends two entries, and of what comes then the newest, when one is confirmed', async () => {
    const confirmed = new Confirmed(new ManualTimers())
    const { fake, source, pump } = setup('latest', confirmed)
    void pump.run()
    for (const length of [20_000, 20_001, 20_002, 20_003]) {
      source.append(length)
      await turn()
    }
    expect(lengths(fake)).toEqual([20_000, 20_001])
    confirmed.push(encodeConfirmation(1n))
    await turn()
    expect(seen(fake).slice(2)).toEqual([[2n, 20_003, 1n]])
    pump.stop()
  })

  it('does not wait for a confirmation of history, nor where nothing is to be dropped', async () => {
    const history = setup('latest', new Confirmed(new ManualTimers()))
    void history.pump.run()
    history.source.history(20_000, 20_000, 20_000, 20_000)
    await turn()
    expect(lengths(history.fake)).toHaveLength(4)
    const all = setup('all', new Confirmed(new ManualTimers()))
    void all.pump.run()
    all.source.append(20_000, 20_000, 20_000, 20_000)
    await turn()
    expect(lengths(all.fake)).toHaveLength(4)
  })

  it('ends at once, however much is not confirmed', async () => {
    const { source, pump } = setup('latest', new Confirmed(new ManualTimers()))
    const run = pump.run()
    source.append(20_000, 20_000, 20_000)
    await turn()
    pump.stop()
    await expect(run).resolves.toBeUndefined()
  })
})
