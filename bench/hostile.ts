/**
 * `npm run bench:hostile`: what one attacker can do to a cluster: of each protocol, and of what is below them, the most costly messages, at 1 and at
 * 50 MB/s, and nothing at all.
 *
 * The cluster (Discovery, five members, a 30 Hz stream of 30 kB from the Manager to another, newcomers) is bound to core 0, the attacker to core 1. Each row
 * tells whether the aims are met; ends with 1 when one is missed. Options: `-- --seconds 60 --runs 1 --rate 1,50 --rows join,membership --json`; `--rows` takes
 * parts of `<name> as <stranger|member> at <manager|follower|discovery>`, separated by commas.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type Attack, attacks } from './support/hostile/attacks.ts'
import { allCores, type Figures, pinTo, run } from './support/hostile/scene.ts'
import { type BenchRow, report, rounded } from './support/report.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: '1' },
    rate: { type: 'string', default: '1,50' },
    rows: { type: 'string', default: '' },
    json: { type: 'boolean', default: false }
  }
})
const rates = values.rate.split(',').map(Number)
const [seconds, runs] = [Number(values.seconds), Number(values.runs)]
/** What a run takes beside its seconds: processes start and end. */
const aroundSeconds = 6

const aims = { p99Ms: 150, maxMs: 500, joinMs: 2_000, gapMs: 500 } as const

const missed = ({ managerP99Ms, memberP99Ms, managerMaxMs, memberMaxMs, roleChanges, joinMs, gapMs }: Figures): string[] => [
  ...(Math.max(managerP99Ms, memberP99Ms) < aims.p99Ms ? [] : ['p99']),
  ...(Math.max(managerMaxMs, memberMaxMs) < aims.maxMs ? [] : ['max']),
  ...(roleChanges === 0 ? [] : ['roles']),
  ...(joinMs < aims.joinMs ? [] : ['join']),
  ...(gapMs < aims.gapMs ? [] : ['gap'])
]

const nameOf = ({ name, as, at }: Attack): string => `${name} as ${as} at ${at}`

function chosen(): number[] {
  const wanted = values.rows.split(',')
  const unknown = wanted.filter((part) => part !== 'idle' && !attacks.some((attack) => nameOf(attack).includes(part)))
  if (unknown.length > 0) throw new Error(`there is no row with "${unknown}" in it; there are:\n${attacks.map(nameOf).join('\n')}`)
  return attacks.flatMap((attack, at) => (wanted.some((part) => nameOf(attack).includes(part)) ? [at] : []))
}

/** Of some runs, the worst of each figure; of what the attacker got rid of, the mean. */
async function worstOf(row: string, rate: number, attack: Parameters<typeof run>[1]): Promise<BenchRow> {
  const all: Figures[] = []
  try {
    for (let no = 0; no < runs; no++) all.push(await run(seconds, attack))
  } catch (error) {
    return { row, rate, verdict: `missed: ${(error as Error).message}` }
  }
  const worst = Object.fromEntries(
    (Object.keys(all[0]!) as (keyof Figures)[]).map((key) => [key, rounded(Math.max(...all.map((one) => one[key])))])
  ) as unknown as Figures
  const attackerMBps = all.reduce((sum, one) => sum + one.attackerMBps, 0) / all.length
  const misses = missed(worst)
  const joinMs = Number.isFinite(worst.joinMs) ? worst.joinMs : 'never'
  const figures = { row, rate, ...worst, joinMs, attackerMBps: Math.round(attackerMBps * 100) / 100 }
  return { ...figures, verdict: misses.length === 0 ? 'ok' : `missed: ${misses.join(', ')}` }
}

async function measure(): Promise<BenchRow[]> {
  const at = chosen()
  const minutes = ((1 + at.length * rates.length) * runs * (seconds + aroundSeconds)) / 60
  console.error(`${1 + at.length * rates.length} rows, about ${Math.ceil(minutes)} minutes`)
  const rows: BenchRow[] = []
  const note = (row: BenchRow): void => {
    rows.push(row)
    console.error(JSON.stringify(row)) // what is measured is not lost when it is stopped
  }
  note(await worstOf('idle', 0, undefined))
  for (const one of at) for (const rate of rates) note(await worstOf(nameOf(attacks[one]!), rate, { at: one, rate: rate * 1e6 }))
  return rows
}

pinTo('0')
const rows = await measure()
pinTo(allCores)
const failed = rows.filter(({ verdict }) => verdict !== 'ok')
report('hostile', rows, {
  json: values.json,
  notes: [
    `Worst of ${runs} × ${seconds} s. Lag of the event loop by perf_hooks, with its resolution of 10 ms in it; member: the worst of the four. Join: the slowest newcomer. Gap: the longest between two entries of the stream.`,
    `Aims: lag p99 < ${aims.p99Ms} ms, max < ${aims.maxMs} ms, no role changes, a newcomer in < ${aims.joinMs} ms, no gap of ${aims.gapMs} ms.`,
    failed.length === 0 ? 'Passed: every row meets the aims.' : `Missed by ${failed.length} of ${rows.length} rows.`,
    `Load while it ended: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`
  ]
})
if (failed.length > 0) process.exitCode = 1
