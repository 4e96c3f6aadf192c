/**
 * `npm run bench:clock`: how far estimates of another process's clock are from the truth, idle and while 100 MB/s are streamed over the same connection.
 *
 * A Manager and a member are in a process each, beside a Discovery in a third. The reference's estimator sees the same samples as ours. Where `chronyd` is
 * installed, one measures another, as a yardstick. Then Managers of a small cluster are killed one after the other, to see how far domain time steps on
 * those that are left. Ends with 1 when an uncertainty did not hold what it was stated for.
 * Options: `-- --seconds 30 --kills 20 --only idle,stream,chrony,kills --json`.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { Program } from '@auki/testkit/processes'
import { chronyOffsets, chronyVersion } from './support/chrony.ts'
import { domainTimeOverKills } from './support/clock-kills.ts'
import type { ClockCall, ClockResult, ClockZero } from './support/clock-process.ts'
import { startDiscovery } from './support/discovery.ts'
import { type BenchRow, percentile, report, rounded } from './support/report.ts'

const parts = ['idle', 'stream', 'chrony', 'kills']

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    kills: { type: 'string', default: '20' },
    only: { type: 'string', default: parts.join() },
    json: { type: 'boolean', default: false }
  }
})
const only = values.only.split(',')
const unknown = only.find((part) => !parts.includes(part))
if (unknown !== undefined) throw new Error(`--only ${unknown} is no part: use some of ${parts.join()}`)
const kills = Number(values.kills)
if (!(Number.isInteger(kills) && kills > 0)) throw new Error(`--kills ${values.kills} is no count: give a number`)
const measureMs = Number(values.seconds) * 1_000
if (!(measureMs > 0)) throw new Error(`--seconds ${values.seconds} is no duration: give a number`)

const program = new URL('./support/clock-process.ts', import.meta.url)

/** One Manager, one member: what the member found, and what is true. */
async function measured(discoveryUrl: string, cluster: string, loaded: boolean): Promise<ClockResult & { readonly truthNs: bigint }> {
  const place = { discoveryUrl, cluster }
  await using manager = new Program<ClockCall>(program, place)
  const { zeroNs } = await manager.call<ClockZero>({ call: 'create' })
  await using member = new Program<ClockCall>(program, place)
  const result = await member.call<ClockResult>({ call: 'measure', loaded, measureMs })
  return { ...result, truthNs: result.zeroNs - zeroNs }
}

const errorsUs = (offsetsNs: readonly bigint[], truthNs: bigint): number[] =>
  offsetsNs.map((offsetNs) => Math.abs(Number(offsetNs - truthNs)) / 1e3)

function row(what: string, load: string, valuesUs: readonly number[], more: BenchRow): BenchRow {
  return {
    what,
    load,
    readings: valuesUs.length,
    p50Us: rounded(percentile(valuesUs, 0.5)),
    p99Us: rounded(percentile(valuesUs, 0.99)),
    ...more
  }
}

const say = (text: string): void => {
  if (!values.json) console.error(text)
}

/** Ours and the reference's estimator, on the same samples. */
async function estimators(load: 'idle' | 'stream'): Promise<BenchRow[]> {
  say(`${load}, ${values.seconds} s`)
  await using discovery = await startDiscovery()
  const result = await measured(discovery.url, `clock-${load}`, load === 'stream')
  const ours = errorsUs(result.ours, result.truthNs)
  const within = ours.filter((us, at) => us * 1e3 <= Number(result.oursUncertainty[at])).length / ours.length
  const megabytesPerSecond = rounded(result.megabytesPerSecond)
  const claimedUs = rounded(percentile(result.oursUncertainty.map(Number), 0.5) / 1e3)
  const domainTimeAfterMs = rounded(result.domainTimeAfterMs)
  return [
    row('ours', load, ours, { withinPercent: rounded(100 * within), claimedUs, domainTimeAfterMs, megabytesPerSecond }),
    row("reference's estimator, same samples", load, errorsUs(result.reference, result.truthNs), { megabytesPerSecond })
  ]
}

async function yardstick(): Promise<BenchRow[]> {
  const version = chronyVersion()
  const offsetsNs = version === undefined ? [] : await chronyOffsets(measureMs)
  if (offsetsNs.length === 0) return [{ what: 'chronyd -x', load: version === undefined ? 'not installed' : 'did not get going' }]
  const errors = offsetsNs.map((ns) => Math.abs(ns) / 1e3)
  return [row(`chronyd -x ${version}`, 'idle', errors, {})]
}

const rows: BenchRow[] = []
for (const load of ['idle', 'stream'] as const) if (only.includes(load)) rows.push(...(await estimators(load)))
if (only.includes('chrony')) rows.push(...(await yardstick()))
const killRows = only.includes('kills') ? await domainTimeOverKills(kills, say) : []

const loadText = loadavg()
  .map((load) => load.toFixed(1))
  .join(' ')
report('clock', [...rows, ...killRows], {
  json: values.json,
  notes: [
    'Errors of the estimated offset between two processes, against the truth. Aims for ours: idle p50 < 5 and p99 < 50, stream p99 < 500.',
    'Steps of domain time beside the machine’s clock, on the survivors, and the uncertainty stated at that moment.',
    `Load while it ended: ${loadText}`
  ]
})
const untrue = rows.some(({ withinPercent = 100 }) => withinPercent !== 100) || killRows.some(({ exceeding = 0 }) => exceeding !== 0)
if (untrue) process.exitCode = 1
