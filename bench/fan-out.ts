/**
 * `npm run bench:fan-out`: ten watch one camera (30 Hz, frames of 200 kB, a rolling log of 5 s); first all of them read, then one of them stops reading.
 *
 * Nobody else may miss a frame or get it later for that, and the camera's memory stays bounded. Options: `-- --seconds 20 --json`.
 */
import { parseArgs } from 'node:util'
import { Program } from '@auki/testkit/processes'
import { startDiscovery } from './support/discovery.ts'
import type { FanOutInit, FanOutReport } from './support/fan-out-process.ts'
import { type BenchRow, report, rounded } from './support/report.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } } })
const seconds = Number(values.seconds)
const readers = 9
const program = new URL('./support/fan-out-process.ts', import.meta.url)

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Resolves when everybody in it has joined. */
async function side(init: FanOutInit): Promise<Program<'report'>> {
  const started = new Program<'report'>(program, init)
  await started.call('report')
  return started
}

const reportOf = (of: Program<'report'>): Promise<FanOutReport> => of.call('report')

/** Nine who read, and a tenth who does or does not. */
async function measure(tenth: 'reads' | 'stalls'): Promise<BenchRow> {
  await using discovery = await startDiscovery()
  const place = { cluster: 'fan-out', discoveryUrl: discovery.url, stalled: false }
  await using camera = await side({ ...place, viewers: 0 })
  await using nine = await side({ ...place, viewers: readers })
  await using one = await side({ ...place, viewers: 1, stalled: tenth === 'stalls' })
  await pause(2_000)
  await reportOf(nine)
  await pause(seconds * 1_000)
  const [{ viewers }, { rssMiB }, theTenth] = [await reportOf(nine), await reportOf(camera), await reportOf(one)]
  const worst = (of: (viewer: (typeof viewers)[number]) => number): number => rounded(Math.max(...viewers.map(of)))
  return {
    tenth,
    framesEach: Math.min(...viewers.map(({ entries }) => entries)),
    missing: viewers.reduce((sum, { missing }) => sum + missing, 0),
    worstP50Ms: worst(({ p50Ms }) => p50Ms),
    worstP99Ms: worst(({ p99Ms }) => p99Ms),
    worstMaxMs: worst(({ maxMs }) => maxMs),
    framesOfTheTenth: theTenth.viewers[0]!.entries,
    cameraRssMiB: Math.round(rssMiB)
  }
}

const rows = [await measure('reads'), await measure('stalls')]
report('fan-out', rows, {
  json: values.json,
  notes: [
    'Ages are from the append to the reader, the worst of the nine; the camera is one process, the nine share another, the tenth has its own.',
    'The camera holds 5 s of frames (30 MB); what waits for one subscriber beyond that is bounded by its substream.'
  ]
})
if (rows.some(({ missing }) => missing !== 0)) process.exitCode = 1
