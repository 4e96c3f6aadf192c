/**
 * `npm run bench:hostile`: what one attacker can do to a cluster: of each protocol the most costly messages, at 1 and at 50 MB/s, and nothing at all.
 *
 * The cluster (Discovery, five members, a 30 Hz stream of 30 kB from the Manager to another) is bound to core 0, the attacker, who goes for the Manager,
 * to core 1. Fails when an aim is missed. Options: `-- --seconds 60 --runs 3 --rate 1,50 --protocol join,membership --json`.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { attacks } from './support/hostile/attacks.ts'
import { allCores, type Figures, pinTo, run } from './support/hostile/scene.ts'
import { type BenchRow, report, rounded } from './support/report.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: '3' },
    rate: { type: 'string', default: '1,50' },
    protocol: { type: 'string', default: '' },
    json: { type: 'boolean', default: false }
  }
})
const rates = values.rate.split(',').map(Number)
const wanted = values.protocol === '' ? undefined : values.protocol.split(',')

const aims = { p99Ms: 150, maxMs: 500, joinMs: 2_000 } as const

const missed = ({ managerP99Ms, memberP99Ms, managerMaxMs, memberMaxMs, roleChanges, joinMs }: Figures): string[] => [
  ...(Math.max(managerP99Ms, memberP99Ms) < aims.p99Ms ? [] : ['p99']),
  ...(Math.max(managerMaxMs, memberMaxMs) < aims.maxMs ? [] : ['max']),
  ...(roleChanges === 0 ? [] : ['roles']),
  ...(joinMs < aims.joinMs ? [] : ['join'])
]

/** Of some runs, the worst of each figure; of what the attacker got rid of, the mean. */
async function worstOf(title: BenchRow, attack: Parameters<typeof run>[1]): Promise<BenchRow> {
  const runs: Figures[] = []
  for (let no = 0; no < Number(values.runs); no++) runs.push(await run(Number(values.seconds), attack))
  const worst = Object.fromEntries(
    (Object.keys(runs[0]!) as (keyof Figures)[]).map((key) => [key, rounded(Math.max(...runs.map((one) => one[key])))])
  ) as unknown as Figures
  const attackerMBps = runs.reduce((sum, one) => sum + one.attackerMBps, 0) / runs.length
  const misses = missed(worst)
  const joinMs = Number.isFinite(worst.joinMs) ? worst.joinMs : 'never'
  const row = { ...title, ...worst, joinMs, attackerMBps: Math.round(attackerMBps * 100) / 100 }
  return { ...row, verdict: misses.length === 0 ? 'ok' : `missed: ${misses.join(', ')}` }
}

async function measure(): Promise<BenchRow[]> {
  const say = (text: string): void => {
    if (!values.json) console.error(text)
  }
  const rows: BenchRow[] = []
  say('idle')
  rows.push(await worstOf({ protocol: 'idle', as: '', what: '', rate: 0 }, undefined))
  for (const [at, { protocol, as, what }] of attacks.entries()) {
    if (wanted !== undefined && !wanted.includes(protocol)) continue
    for (const rate of rates) {
      say(`${protocol}, ${what}, ${as}, ${rate} MB/s`)
      const row = await worstOf({ protocol, as, what, rate }, { at, rate: rate * 1e6 })
      say(JSON.stringify(row)) // a run takes hours: what is measured is not lost when it is stopped
      rows.push(row)
    }
  }
  return rows
}

const unknown = wanted?.filter((name) => !attacks.some(({ protocol }) => protocol === name)) ?? []
if (unknown.length > 0)
  throw new Error(`there is no attack on ${unknown}; there are ${[...new Set(attacks.map(({ protocol }) => protocol))]}`)
pinTo('0')
const rows = await measure()
pinTo(allCores)
report('hostile', rows, {
  json: values.json,
  notes: [
    `Worst of ${values.runs} × ${values.seconds} s. Lag of the event loop by perf_hooks, with its resolution of 10 ms in it; member: the worst of the four. Join: the slowest newcomer. Gap: the longest between two entries of the stream.`,
    `Aims: lag p99 < ${aims.p99Ms} ms, max < ${aims.maxMs} ms, no role changes, a newcomer in < ${aims.joinMs} ms.`,
    `Load while it ended: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`
  ]
})
if (rows.some(({ verdict }) => verdict !== 'ok')) process.exitCode = 1
