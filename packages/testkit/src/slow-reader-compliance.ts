/**
 * What every path on which something is read from a peer has to do for a reader that is slow: lose nothing, keep the order, hold a bounded amount, and
 * make the sender wait.
 *
 *   slowReaderCompliance({ describe, test }, path)
 */
import assert from 'node:assert/strict'
import type { SuiteRunner } from './storage-compliance.ts'

/** One transfer: somebody sends as fast as it may, and the suite reads. */
export interface SlowReading {
  /** The next payload; `undefined` once the sender has ended. Rejects when it was cut. */
  next(): Promise<Uint8Array | undefined>
  /** Payloads that have left the sender. */
  sent(): number
  /** The sender can send no more until the reader takes something. */
  blocked(): boolean
  /** The sender throws it away, once all that it sent is on its way. */
  cut(): void
  /** The reader wants no more. */
  giveUp(): void
  /** The sender knows that nobody reads any longer. */
  abandoned(): boolean
  close(): Promise<void>
}

/** A way to read from a peer. */
export interface ReadingPath {
  /** Begins a transfer of these payloads, of which the sender takes one when it has room for it, and then ends. */
  open(payloads: Iterable<Uint8Array>): Promise<SlowReading>
  readonly payloadBytesMax: number
  /** Payload bytes that may be under way or held for a reader that takes none. `undefined`: nothing is held, each is handed over when it comes. */
  readonly aheadBytesMax: ((payloadBytes: number) => number) | undefined
  /** What the reader sees of a cut, behind all that came before it. `undefined`: not known, as the reader is none of ours. */
  readonly cutIs: 'error' | 'end' | undefined
}

/** How a reader is slow: what it does after each entry, and how many it reads then at most. */
const paces = {
  'by 5 ms an entry': { wait: (_: number) => pause(5), countMax: 48 },
  'by a setTimeout of 0': { wait: (_: number) => pause(0), countMax: 150 },
  'by a microtask, and a turn of the event loop now and then': {
    wait: (index: number) => (index % 7 === 0 ? nextTurn() : Promise.resolve()),
    countMax: 3_000
  }
} as const

/** Below and above what a transport hands over at once, the hand-off, and the window. */
const sizesBytes = [64, 4_000, 65_536, 200_000, 1_048_576, 3_000_000]
/** Several windows. */
const transferBytes = 3 * 1_048_576
const patienceMs = 20_000

/** Register the suite with a test framework. */
export function slowReaderCompliance(runner: SuiteRunner, path: ReadingPath): void {
  const sizes = sizesBytes.filter((bytes) => bytes <= path.payloadBytesMax)
  paced(runner, path, sizes)
  stopping(runner, path, sizes)
  ending(runner, path)
}

function paced({ describe, test }: SuiteRunner, path: ReadingPath, sizes: readonly number[]): void {
  for (const [name, { wait, countMax }] of Object.entries(paces)) {
    describe(`a reader that is slow ${name}`, () => {
      for (const bytes of sizes) {
        const count = Math.min(countMax, Math.ceil(transferBytes / bytes))
        test(`gets all of ${count} entries of ${bytes} B`, () =>
          transfer(path, { count, bytes }, async (reading) => {
            for (let index = 0; index < count; index++) {
              checkAhead(path, reading, index, bytes)
              checkPayload(await reading.next(), index, bytes)
              await wait(index)
            }
            assert.equal(await reading.next(), undefined)
          }))
      }
    })
  }
}

function stopping({ describe, test }: SuiteRunner, path: ReadingPath, sizes: readonly number[]): void {
  if (path.aheadBytesMax === undefined) return
  describe('a reader that stops', () => {
    for (const bytes of sizes.filter((size) => size >= 4_000)) {
      const count = Math.min(3_000, Math.ceil((2 * transferBytes) / bytes))
      test(`again and again, until the sender waits for it, gets all of ${count} entries of ${bytes} B`, () =>
        transfer(path, { count, bytes }, async (reading) => {
          for (let index = 0; index < count; index++) {
            if (index % Math.ceil(count / 5) === 0) {
              await until('the sender to wait', () => reading.blocked() || reading.sent() === count)
              for (let turns = 0; turns < 20; turns++) await nextTurn()
            }
            checkAhead(path, reading, index, bytes)
            checkPayload(await reading.next(), index, bytes)
          }
          assert.equal(await reading.next(), undefined)
        }))
    }

    test('for good keeps the sender waiting', () =>
      transfer(path, { count: 40_000, bytes: 900 }, async (reading) => {
        await until('the sender to wait', () => reading.blocked())
        for (let turns = 0; turns < 50; turns++) await nextTurn()
        assert.ok(reading.blocked())
        checkAhead(path, reading, 0, 900)
      }))
  })
}

function ending({ describe, test }: SuiteRunner, path: ReadingPath): void {
  // Less than any window, more than any hand-off.
  const [count, bytes] = [150, Math.min(900, path.payloadBytesMax)]
  const sent = (reading: SlowReading): Promise<void> => until('all to be sent', () => reading.sent() === count)

  describe('a reader that has fallen behind', () => {
    test('gets what came before the end, and the end', () =>
      transfer(path, { count, bytes }, async (reading) => {
        await sent(reading)
        for (let index = 0; index < count; index++) {
          checkPayload(await reading.next(), index, bytes)
          if (index % 10 === 0) await nextTurn()
        }
        assert.equal(await reading.next(), undefined)
      }))

    if (path.cutIs !== undefined)
      test('gets what came before a cut, and is told', () =>
        transfer(path, { count, bytes, open: true }, async (reading) => {
          await sent(reading)
          checkPayload(await reading.next(), 0, bytes)
          reading.cut()
          for (let index = 1; index < count; index++) {
            checkPayload(await reading.next(), index, bytes)
            if (index % 10 === 0) await nextTurn()
          }
          if (path.cutIs === 'error') await assert.rejects(reading.next())
          else assert.equal(await reading.next(), undefined)
        }))

    test('and gives up waits for nothing, and lets the sender go', () =>
      transfer(path, { count: 40_000, bytes }, async (reading) => {
        checkPayload(await reading.next(), 0, bytes)
        await until('the sender to wait', () => reading.blocked() || path.aheadBytesMax === undefined)
        reading.giveUp()
        await reading.next().catch(() => {})
        await until('the sender to be let go', () => reading.abandoned())
      }))
  })
}

interface Transfer {
  readonly count: number
  readonly bytes: number
  /** It does not end by itself. */
  readonly open?: boolean
}

async function transfer(path: ReadingPath, of: Transfer, read: (reading: SlowReading) => Promise<void>): Promise<void> {
  const reading = await path.open(of.open === true ? unending(of) : payloads(of))
  try {
    await read(reading)
  } finally {
    await reading.close()
  }
}

/** Each begins with its number and is filled with it. */
function* payloads({ count, bytes }: Transfer): Generator<Uint8Array> {
  for (let index = 0; index < count; index++) {
    const payload = new Uint8Array(bytes).fill(index)
    new DataView(payload.buffer).setUint32(0, index)
    yield payload
  }
}

/** What a sender gets that is to send some and wait: an empty payload is none. */
function* unending(of: Transfer): Generator<Uint8Array> {
  yield* payloads(of)
  yield new Uint8Array(0)
}

function checkPayload(payload: Uint8Array | undefined, index: number, bytes: number): void {
  assert.ok(payload !== undefined, `it ended before entry ${index}`)
  assert.equal(payload.length, bytes)
  const { buffer, byteOffset } = payload
  assert.equal(new DataView(buffer, byteOffset).getUint32(0), index)
  assert.deepEqual(payload.subarray(4), new Uint8Array(bytes - 4).fill(index))
}

function checkAhead({ aheadBytesMax }: ReadingPath, reading: SlowReading, taken: number, bytes: number): void {
  if (aheadBytesMax === undefined) return
  const ahead = (reading.sent() - taken) * bytes
  assert.ok(ahead <= aheadBytesMax(bytes), `${ahead} B are ahead of the reader; ${aheadBytesMax(bytes)} B may be`)
}

/** The reader's own pace: what is tried, not a wait for something to happen. */
function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, ms)
  return promise
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!holds()) {
    assert.ok(performance.now() < deadline, `waited ${patienceMs} ms for ${what}`)
    await nextTurn()
  }
}
