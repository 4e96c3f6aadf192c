import { memoryStorage } from '@auki/registry'
import { describe, expect, test } from 'vitest'
import { chunkBytesMax, writeAfterMs } from '../settings.ts'
import { chance } from '../testing/chance.ts'
import { payload, type Recorder, record } from '../testing/recorder.ts'
import type { LogBatch, LogCursor } from './log-cursor.ts'
import type { NumberedEntry } from './log-entry.ts'

const entryBytes = 1_000
const perChunk = Math.ceil(chunkBytesMax / entryBytes)

/** Appends so many entries faster than they are written; each holds its number, and some are too large for a chunk. */
function appendTo({ log }: Recorder, count: number, largeEvery = 0): void {
  for (let i = 0; i < count; i++) {
    const n = Number(log.nextPosition)
    const bytes = largeEvery > 0 && n % largeEvery === 0 ? 10 * entryBytes : entryBytes
    void log.append({ timestampNs: BigInt(n), payload: payload(n % 251, bytes) })
  }
}

const isAsAppended = ({ position, bytes }: NumberedEntry): boolean => [bytes[0], bytes.at(-1)].every((byte) => byte === position % 251)

/** Reads up to the entry before a position. */
async function readAll(cursor: LogCursor, upTo: bigint, onBatch: (batch: LogBatch) => void): Promise<void> {
  for (let batch = await cursor.next(); batch !== undefined; batch = await cursor.next()) {
    onBatch(batch)
    if (BigInt(batch.entries.at(-1)!.position) + 1n >= upTo) return
  }
}

describe('the memory of batches', () => {
  test('is filled again when a reader has done with them, so a recording of any length takes little of it', async () => {
    const recorder = await record(memoryStorage(), { segmentDurationNs: 1_000_000_000n })
    using cursor = recorder.log.cursor({ from: 'latest', hold: 'returns' })
    const memory = new Set<ArrayBufferLike>()
    for (let round = 0; round < 60; round++) {
      appendTo(recorder, 2 * perChunk)
      await readAll(cursor, recorder.log.nextPosition, ({ entries }) => {
        for (const entry of entries) memory.add(entry.bytes.buffer)
      })
      recorder.timer.advance(writeAfterMs)
      await recorder.log.flush()
    }
    expect(memory.size).toBeLessThan(40)
  })

  test('holds a batch until the next one is asked for, however much is appended and written meanwhile', async () => {
    const recorder = await record(memoryStorage(), { segmentDurationNs: 1_000_000_000n })
    const { log } = recorder
    using cursor = log.cursor({ from: 'latest', hold: 'returns' })
    for (let round = 0; round < 12; round++) {
      appendTo(recorder, 2 * perChunk)
      const { entries } = (await cursor.next())!
      for (let more = 0; more < 4; more++) {
        await log.flush()
        appendTo(recorder, 2 * perChunk)
      }
      expect(entries.every(isAsAppended)).toBe(true)
      cursor.skipToNewest()
    }
  })

  test.each([1, 2])('holds what was appended for as long as it may be read, whoever else reads (seed %i)', async (seed) => {
    const recorder = await record(memoryStorage(), { segmentDurationNs: 700n })
    const { log, timer } = recorder
    const upTo = chance(seed)
    const readers = (['returns', 'returns', 'keeps'] as const).map((hold) => ({
      cursor: log.cursor({ from: 'latest', hold }),
      hold,
      kept: [] as NumberedEntry[],
      next: 0n
    }))
    for (let round = 0; round < 80; round++) {
      appendTo(recorder, upTo(3 * perChunk), 97)
      if (upTo(2) === 0) timer.advance(writeAfterMs)
      if (upTo(3) === 0) await log.flush()
      const reader = readers[upTo(readers.length)]!
      if (reader.next >= log.nextPosition) continue
      const batch = await reader.cursor.next()
      const entries = batch?.entries ?? []
      appendTo(recorder, upTo(2 * perChunk))
      if (upTo(2) === 0) await log.flush()
      appendTo(recorder, upTo(2 * perChunk))
      expect(entries.every(isAsAppended)).toBe(true)
      if (reader.hold === 'keeps') reader.kept.push(...entries)
      reader.next = BigInt(entries.at(-1)!.position) + 1n
    }
    await log.seal()
    for (const { cursor, hold, kept } of readers) {
      for (let batch = await cursor.next(); batch !== undefined; batch = await cursor.next()) {
        expect(batch.entries.every(isAsAppended)).toBe(true)
        if (hold === 'keeps') kept.push(...batch.entries)
      }
      expect(kept.every(isAsAppended)).toBe(true)
    }
  })
})
