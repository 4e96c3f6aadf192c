import { expect, test } from 'vitest'
import { Uplink } from '../exchange/uplink.ts'
import * as stream from '../protocols/stream.ts'
import { encodeConfirmation } from '../protocols/stream-confirmation.ts'
import { MuxerPings, type Pinging } from '../swarm/patches/muxer-pings.ts'
import type { Urgency } from '../swarm/turns/write-order.ts'
import { FakeStream } from '../testing/fake-stream.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { ChunkQueue } from './chunk-queue.ts'
import { Confirmed } from './confirmed.ts'
import { Pump } from './pump.ts'
import { SendGate } from './send-gate.ts'
import type { EntryBatch, EntryBatches, SourceEntry } from './stream-api.ts'

const bytesPerMs = 125
/** Of a packet of TCP, of a piece in it, and of a ping. */
const packet = { bytes: 66, dataBytes: 1_448, pieceBytes: 30, pingBytes: 30 }
const runMs = 15_000
const settleMs = 5_000

/** Entries stamped with when they were made. */
class Sensor implements EntryBatches {
  #entries: SourceEntry[] = []
  #wake = () => {}

  add(bytes: number, nowMs: number): void {
    const payload = new Uint8Array(bytes)
    new DataView(payload.buffer).setFloat64(0, nowMs)
    this.#entries.push({ timestampNs: 0n, bytes: payload })
    this.#wake()
  }

  async next(): Promise<EntryBatch> {
    if (this.#entries.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return { history: false, entries: this.#entries.splice(0) }
  }

  close(): void {}
}

/** A connection over a way of 1 Mbit/s, with what each stream on it sends in order. */
class Way {
  readonly timers = new ManualTimers()
  readonly uplink: Uplink
  readonly tripMs: number
  #freeMs = 0
  #wroteMs = -1
  #later: { readonly atMs: number; readonly run: () => void }[] = []

  constructor(tripMs: number) {
    this.tripMs = tripMs
    const muxer: Pinging = {
      handlePingResponse: () => {},
      // What is written at once shares a packet.
      sendPing: (id) => {
        const bytes = packet.pingBytes + (this.#wroteMs === this.timers.monoMs() ? 0 : packet.bytes)
        this.at(this.put(bytes) + tripMs, () => muxer.handlePingResponse(id))
      }
    }
    this.uplink = new Uplink(this.timers, new MuxerPings(muxer))
  }

  /** When so many bytes have left. */
  put(bytes: number): number {
    this.#freeMs = Math.max(this.#freeMs, this.timers.monoMs()) + bytes / bytesPerMs
    return this.#freeMs
  }

  at(atMs: number, run: () => void): void {
    this.#later.push({ atMs, run })
  }

  /** A stream on it, and how old each of its entries was when it had arrived. */
  carry(urgency: Urgency, keep: 'all' | 'latest') {
    const [fake, source, queue, agesMs] = [new FakeStream(), new Sensor(), new ChunkQueue(stream.FRAME_BYTES_MAX), [] as number[]]
    const confirmed = keep === 'latest' ? new Confirmed(this.timers) : undefined
    let taken = 0n
    const arrive = ({ byteOffset, buffer }: Uint8Array, leftMs: number) => {
      agesMs.push(leftMs + this.tripMs / 2 - new DataView(buffer, byteOffset).getFloat64(0))
      const entries = ++taken
      this.at(leftMs + this.tripMs, () => confirmed?.push(encodeConfirmation(entries)))
    }
    fake.send = (given) => {
      const piece = given.slice()
      const bytes = piece.length + packet.pieceBytes
      const leftMs = this.put(bytes + packet.bytes * Math.ceil(bytes / packet.dataBytes))
      this.#wroteMs = this.timers.monoMs()
      queue.push(piece)
      for (let frame = queue.take(); frame !== undefined; frame = queue.take()) {
        const message = stream.decode(frame.bytes.subarray(frame.from, frame.to))
        if (message.kind === 'entry') arrive(message.entry.payload, leftMs)
      }
      return true
    }
    const gate = new SendGate({ uplink: this.uplink, urgency, confirmed })
    void new Pump({ substream: fake.substream, source, gate, keep }).run()
    return { add: (bytes: number) => source.add(bytes, this.timers.monoMs()), agesMs }
  }

  async pass(ms: number): Promise<void> {
    await this.timers.advance(ms)
    const nowMs = this.timers.monoMs()
    const due = this.#later.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs)
    this.#later = this.#later.filter(({ atMs }) => atMs > nowMs)
    for (const { run } of due) run()
  }
}

const percentile = (values: readonly number[], p: number): number => values.toSorted((a, b) => a - b)[Math.floor(values.length * p)]!

test.each([1, 5, 40])(
  'a camera that makes more than a way of %i ms carries is as old as its way, its time on the link and 100 ms',
  async (tripMs) => {
    const way = new Way(tripMs)
    const [camera, lidar, pose] = [way.carry('bulk', 'latest'), way.carry('bulk', 'all'), way.carry('pose', 'all')]
    const frameBytes = 20_000
    let settled = [0, 0]
    for (let ms = 0; ms < runMs; ms++) {
      if (ms % 66 === 0) camera.add(frameBytes)
      if (ms % 100 === 0) lidar.add(1_000)
      if (ms % 20 === 0) pose.add(40)
      // Acknowledgements, heartbeats, and what else takes its part.
      if (ms % 20 === 7) way.put(150)
      if (ms === settleMs) settled = [camera.agesMs.length, pose.agesMs.length]
      await way.pass(1)
    }
    const boundMs = tripMs / 2 + (frameBytes * 1.05) / bytesPerMs + 100
    const [cameraMs, poseMs] = [camera.agesMs.slice(settled[0]), pose.agesMs.slice(settled[1])]
    expect(percentile(cameraMs, 0.5)).toBeLessThan(boundMs)
    expect(percentile(cameraMs, 0.99)).toBeLessThan(2 * boundMs)
    expect(percentile(poseMs, 0.99)).toBeLessThan(tripMs + 200)
    // No more than a tenth of what the way could carry is lost to that.
    expect(cameraMs.length).toBeGreaterThan((0.66 * (runMs - settleMs) * bytesPerMs) / frameBytes)
  }
)
