/**
 * `npm run bench:clock`: how far estimates of another process's clock are from the truth, idle and while 100 MB/s are streamed over the same connection.
 *
 * A Manager and a member are in a process each, beside a Discovery in a third. The reference's estimator sees the same samples as ours. Where `chronyd` is
 * installed, one measures another, as a yardstick. Options: `-- --seconds 30 --json`.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chronyOffsets, chronyVersion } from './support/chrony.ts'
import type { ClockAnswer, ClockCall, ClockResult } from './support/clock-process.ts'
import { startDiscovery } from './support/discovery.ts'
import { reap } from './support/reap.ts'
import { type BenchRow, percentile, report, rounded } from './support/report.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '30' }, json: { type: 'boolean', default: false } } })
const measureMs = Number(values.seconds) * 1_000
if (!(measureMs > 0)) throw new Error(`--seconds ${values.seconds} is no duration: give a number`)

const file = fileURLToPath(new URL('./support/clock-process.ts', import.meta.url))

function startPeer(call: ClockCall): { readonly child: ChildProcess; readonly answer: Promise<ClockAnswer> } {
  const child = fork(file, { serialization: 'advanced' })
  reap(child)
  const { promise, resolve, reject } = Promise.withResolvers<ClockAnswer>()
  child.once('message', (answer) => resolve(answer as ClockAnswer))
  child.once('exit', (code) => reject(new Error(`a peer's process ended with ${code}`)))
  child.send(call)
  return { child, answer: promise }
}

/** One Manager, one member: what the member found, and what is true. */
async function measured(discoveryUrl: string, cluster: string, loaded: boolean): Promise<ClockResult & { readonly truthNs: bigint }> {
  const call = { discoveryUrl, cluster, loaded, measureMs }
  const manager = startPeer({ ...call, create: true })
  const from = await manager.answer
  const member = startPeer({ ...call, create: false })
  try {
    const to = await member.answer
    if (!('zeroNs' in from) || !('result' in to)) throw new Error('error' in to ? to.error : 'error' in from ? from.error : 'no answer')
    return { ...to.result, truthNs: to.result.zeroNs - from.zeroNs }
  } finally {
    for (const { child, answer } of [manager, member]) {
      answer.catch(() => {})
      child.kill('SIGKILL')
    }
  }
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

const rows: BenchRow[] = []
{
  await using discovery = await startDiscovery()
  for (const [load, loaded] of [
    ['idle', false],
    ['stream', true]
  ] as const) {
    const result = await measured(discovery.url, `clock-${load}`, loaded)
    const ours = errorsUs(result.ours, result.truthNs)
    const within = ours.filter((us, at) => us * 1e3 <= Number(result.oursUncertainty[at])).length / ours.length
    const megabytesPerSecond = rounded(result.megabytesPerSecond)
    const claimedUs = rounded(percentile(result.oursUncertainty.map(Number), 0.5) / 1e3)
    const more = {
      withinPercent: rounded(100 * within),
      claimedUs,
      domainTimeAfterMs: rounded(result.domainTimeAfterMs),
      megabytesPerSecond
    }
    rows.push(row('ours', load, ours, more))
    rows.push(row("reference's estimator, same samples", load, errorsUs(result.reference, result.truthNs), { megabytesPerSecond }))
  }
}
const version = chronyVersion()
const offsetsNs = version === undefined ? [] : await chronyOffsets(measureMs)
if (offsetsNs.length > 0)
  rows.push(
    row(
      `chronyd -x ${version}`,
      'idle',
      offsetsNs.map((ns) => Math.abs(ns) / 1e3),
      {}
    )
  )
else rows.push({ what: 'chronyd -x', load: version === undefined ? 'not installed' : 'did not get going' })

report('clock', rows, {
  json: values.json,
  notes: [
    'Errors of the estimated offset between two processes, against the truth. Aims for ours: idle p50 < 5 and p99 < 50, stream p99 < 500.'
  ]
})
