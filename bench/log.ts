/**
 * `npm run bench:log`: how fast a log takes entries and gives them back, beside plain `fs.write` of the same bytes into one file in the same run.
 *
 * A log and the plain file take turns, each run ends with an fsync, and ratios are the medians of the runs' ratios. *plain* is one `fs.write` per entry,
 * *blocks* the same bytes in blocks of 1 MiB: the most the file system has to give. Options: `-- --runs 5 --megabytes 256 --dir /tmp --json`.
 */
import { close, fsync, open, write } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { rosBody } from '@auki/registry'
import { fileStorage } from '@auki/registry/node'
import { openLog, Peer } from '@auki/session'
import { type BenchRow, percentile, report, rounded } from './support/report.ts'

const sizes: readonly [string, number][] = [
  ['64 B', 64],
  ['1 KiB', 1024],
  ['64 KiB', 64 * 1024],
  ['1 MiB', 1024 * 1024]
]
const headerBytes = 12
const blockBytes = 1024 * 1024
/** Fewer bytes for small entries, and fewer still where each of them is written by itself: that takes its time. */
const entriesMax = 1_000_000
const plainEntriesMax = 40_000

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '256' },
    dir: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false }
  }
})

interface Load {
  readonly entries: number
  readonly payload: Uint8Array
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

/** Appending with backpressure until all is on disk, then reading it back; ms. */
async function viaLog(root: string, { entries, payload }: Load): Promise<{ appendMs: number; replayMs: number }> {
  const storage = fileStorage(root)
  const peer = new Peer({ peerId: 'bench', appId: 'bench', storage })
  const frame = await peer.registerFrame('base', rosBody)
  const sensor = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
  await using session = await peer.startSession()
  const log = await session.registerSensorLog({ sensor, head: { kind: 'fixed' }, segmentDurationNs: 1_000_000_000_000n })
  const appendMs = await timed(async () => {
    for (let i = 0; i < entries; i++) {
      const room = log.append({ timestampNs: BigInt(i), payload })
      if (room !== undefined) await room
    }
    await log.flush()
  })
  await session.end()
  const reader = await openLog(storage, 'logs/bench/wifi')
  let read = 0
  const replayMs = await timed(async () => {
    for await (const entry of reader.read()) read += entry.bytes.length
  })
  if (read !== entries * payload.length) throw new Error(`read back ${read} of ${entries * payload.length} bytes`)
  return { appendMs, replayMs }
}

/** The same bytes by `fs.write`, in pieces of so many bytes; ms. */
async function viaWrite(path: string, { entries, payload }: Load, pieceBytes: number): Promise<number> {
  const file = await promisify(open)(path, 'wx')
  const piece = new Uint8Array(pieceBytes).fill(7)
  const pieces = Math.ceil((entries * (headerBytes + payload.length)) / pieceBytes)
  const ms = await timed(async () => {
    await new Promise<void>((resolve, reject) => {
      let left = pieces
      const next = (error: Error | null): void => {
        if (error !== null) reject(error)
        else if (left-- === 0) resolve()
        else write(file, piece, 0, pieceBytes, null, next)
      }
      next(null)
    })
    await promisify(fsync)(file)
  })
  await promisify(close)(file)
  return ms
}

/** MB/s of each run. */
interface Rates {
  readonly log: number[]
  readonly plain: number[]
  readonly blocks: number[]
  readonly replay: number[]
}

async function measure(entry: string, payloadBytes: number, root: string): Promise<BenchRow> {
  const entryBytes = headerBytes + payloadBytes
  const entries = Math.min(entriesMax, Math.ceil((Number(values.megabytes) * 1e6) / entryBytes))
  const load = { entries, payload: new Uint8Array(payloadBytes).fill(7) }
  const few = { ...load, entries: Math.min(entries, plainEntriesMax) }
  const rate = ({ entries }: Load, ms: number): number => (entries * entryBytes) / 1000 / ms
  const rates: Rates = { log: [], plain: [], blocks: [], replay: [] }
  for (let run = 0; run <= Number(values.runs); run++) {
    const at = (name: string): string => join(root, `${entry}-${name}-${run}`)
    const blocksMs = await viaWrite(at('blocks'), load, blockBytes)
    const plainMs = await viaWrite(at('plain'), few, entryBytes)
    const { appendMs, replayMs } = await viaLog(at('log'), load)
    for (const name of ['blocks', 'plain', 'log']) await rm(at(name), { recursive: true })
    if (run === 0) continue // to warm up
    rates.log.push(rate(load, appendMs))
    rates.plain.push(rate(few, plainMs))
    rates.blocks.push(rate(load, blocksMs))
    rates.replay.push(rate(load, replayMs))
  }
  return row(entry, entries, entryBytes, rates)
}

function row(entry: string, entries: number, entryBytes: number, { log, plain, blocks, replay }: Rates): BenchRow {
  const median = (rates: readonly number[]): number => percentile(rates, 0.5)
  const ratio = (others: readonly number[]): number => Math.round(100 * median(others.map((rate, i) => log[i]! / rate))) / 100
  const perSecond = (rates: readonly number[]): number => Math.round((median(rates) * 1e6) / entryBytes)
  return {
    entry,
    entries,
    appendsPerS: perSecond(log),
    logMBPerS: Math.round(median(log)),
    plainMBPerS: rounded(median(plain)),
    ofPlain: ratio(plain),
    blocksMBPerS: Math.round(median(blocks)),
    ofBlocks: ratio(blocks),
    replayMBPerS: Math.round(median(replay)),
    replayedPerS: perSecond(replay)
  }
}

const root = await mkdtemp(join(values.dir, 'auki-bench-log-'))
try {
  const rows: BenchRow[] = []
  for (const [name, bytes] of sizes) rows.push(await measure(name, bytes, root))
  report('log', rows, { json: values.json })
} finally {
  await rm(root, { recursive: true, force: true })
}
