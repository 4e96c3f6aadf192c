import { expect, test } from 'vitest'
import { Uplink } from '../exchange/uplink.ts'
import { MuxerPings, type Pinging } from '../swarm/patches/muxer-pings.ts'
import type { Urgency } from '../swarm/turns/write-order.ts'
import { FakeStream } from '../testing/fake-stream.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { Pump } from './pump.ts'
import { SendGate } from './send-gate.ts'
import type { EntryBatch, EntryBatches } from './stream-api.ts'

const bytesPerMs = 125
const tripMs = 40
const stepMs = 5

/** A sensor: an entry every so often, whether anybody takes it or not. */
class Sensor implements EntryBatches {
  #batches: EntryBatch[] = []
  #wake = () => {}

  add(bytes: number): void {
    this.#batches.push({ history: false, entries: [{ timestampNs: 0n, bytes: new Uint8Array(bytes) }] })
    this.#wake()
  }

  async next(): Promise<EntryBatch | undefined> {
    if (this.#batches.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#batches.shift()
  }

  close(): void {}
}

/** Streams with `latest` over one path of 1 Mbit/s and 40 ms; how often each got through in so many ms. */
async function share(forMs: number, streams: readonly { readonly bytes: number; readonly everyMs: number; readonly urgency: Urgency }[]) {
  const timers = new ManualTimers()
  const fakes = streams.map(() => new FakeStream())
  const answers: { readonly id: number; readonly atMs: number }[] = []
  let [sentBytes, freeMs] = [0, 0]
  const muxer: Pinging = {
    handlePingResponse: () => {},
    sendPing: (id) => {
      const allBytes = fakes.reduce((sum, { sent }) => sum + sent.reduce((bytes, { byteLength }) => bytes + byteLength, 0), 0)
      freeMs = Math.max(freeMs, timers.monoMs()) + (allBytes - sentBytes) / bytesPerMs
      sentBytes = allBytes
      answers.push({ id, atMs: freeMs + tripMs })
    }
  }
  const uplink = new Uplink(timers, new MuxerPings(muxer))
  const sensors = streams.map(({ urgency }, at) => {
    const source = new Sensor()
    const gate = new SendGate({ uplink, urgency, confirmed: undefined })
    const pump = new Pump({ substream: fakes[at]!.substream, source, gate, keep: 'latest' })
    void pump.run()
    return { source, pump }
  })
  for (let ms = 0; ms < forMs; ms += stepMs) {
    for (const [at, { bytes, everyMs }] of streams.entries()) if (ms % everyMs === 0) sensors[at]!.source.add(bytes)
    await timers.advance(stepMs)
    while (answers[0] !== undefined && answers[0].atMs <= timers.monoMs()) muxer.handlePingResponse(answers.shift()!.id)
  }
  return sensors.map(({ pump }) => Number(pump.sent))
}

test('two streams that want more than the way carries both get through, and fill it', async () => {
  const bytes = 10_000
  const [one, other] = (await share(20_000, [
    { bytes, everyMs: 50, urgency: 'bulk' },
    { bytes, everyMs: 50, urgency: 'bulk' }
  ])) as [number, number]
  expect((one + other) * bytes).toBeGreaterThan(0.9 * 20_000 * bytesPerMs)
  expect(Math.abs(one - other)).toBeLessThan(0.1 * one)
})

test('a small stream beside a large one gets all its entries through', async () => {
  const [camera, pose] = await share(20_000, [
    { bytes: 20_000, everyMs: 65, urgency: 'bulk' },
    { bytes: 40, everyMs: 20, urgency: 'pose' }
  ])
  expect(pose).toBeGreaterThan(0.98 * 1_000)
  expect(camera! * 20_000).toBeGreaterThan(0.8 * 20_000 * bytesPerMs)
})
