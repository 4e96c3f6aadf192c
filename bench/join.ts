/**
 * `npm run bench:join`: how long until a peer that joins is in everybody's membership, and until peers that start together all see each other.
 *
 * Peers are in two processes beside a Discovery in a third, all on this machine; times are taken on its one monotonic clock, after a run that is not
 * counted. Of those that start together it also says how many connections were made for each pair: one is enough. Where `serf` is installed its agents do the same, as a yardstick. Options: `-- --runs 5 --processes 2 --json`.
 */
import { parseArgs } from 'node:util'
import { startDiscovery } from './support/discovery.ts'
import { joinAtOnce, joinOneByOne } from './support/join.ts'
import { PeerProcess } from './support/peers.ts'
import { type BenchRow, percentile, report, rounded, spread } from './support/report.ts'
import { serfAtOnce, serfOneByOne, serfVersion } from './support/serf.ts'

/** The how manieth peer to join is looked at. */
const places = [2, 5, 10, 16, 50]
/** How many start together, and what we aim at. ms */
const together = [
  { count: 5, aimMs: 120 },
  { count: 16, aimMs: 400 },
  { count: 50, aimMs: 2_000 }
]

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    processes: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false }
  }
})
const runs = Number(values.runs)
const serf = serfVersion()

const say = (text: string): void => {
  if (!values.json) console.error(text)
}

/** Runs it as often as asked. */
async function repeated<T>(what: string, work: (run: number) => Promise<T>): Promise<T[]> {
  say(what)
  const results: T[] = []
  for (let run = 1; run <= runs; run++) results.push(await work(run))
  return results
}

/** What serf takes; runs in which its agents did not find each other in time are told and left out. */
async function yardsticks<T>(what: string, work: () => Promise<T>): Promise<T[]> {
  if (serf === undefined) return []
  const results = await repeated(what, () =>
    work().catch((error: Error) => {
      console.error(`serf, left out: ${error.message}`)
      return undefined
    })
  )
  return results.filter((result) => result !== undefined)
}

/** A row of the report, with what serf took for the same. */
function row(what: string, peers: number, ourMs: readonly number[], serfMs: readonly number[], aim: BenchRow = {}): BenchRow {
  const spreadMs = spread(ourMs)
  const serfMedianMs = rounded(percentile(serfMs, 0.5))
  const yardstick = serfMs.length > 0 ? { serfMedianMs, ratio: Math.round((100 * spreadMs.medianMs) / serfMedianMs) / 100 } : {}
  return { what, peers, runs, ...spreadMs, ...aim, ...yardstick }
}

async function measure(): Promise<BenchRow[]> {
  await using discovery = await startDiscovery()
  await using stack = new AsyncDisposableStack()
  const processes = Array.from({ length: Number(values.processes) }, () => stack.use(new PeerProcess()))
  const rows: BenchRow[] = []
  say('warming up')
  await joinOneByOne('warm-up', discovery.url, processes, 16)
  for (const { count, aimMs } of together) {
    const ours = await repeated(`${count} peers at once`, (run) => joinAtOnce(`at-once-${count}-${run}`, discovery.url, processes, count))
    const theirs = await yardsticks(`${count} agents of serf at once`, () => serfAtOnce(count))
    const worst = Math.max(...ours.map(({ handshakesPerPair }) => handshakesPerPair))
    const aim = { aimMs, handshakesPerPairMax: Math.round(100 * worst) / 100 }
    rows.push(
      row(
        'all see all after a common start',
        count,
        ours.map(({ ms }) => ms),
        theirs,
        aim
      )
    )
  }
  const upTo = Math.max(...places)
  const ours = await repeated(`${upTo} peers, one by one`, (run) => joinOneByOne(`one-by-one-${run}`, discovery.url, processes, upTo))
  const theirs = await yardsticks(`${upTo} agents of serf, one by one`, () => serfOneByOne(places))
  for (const place of places) {
    const ourMs = ours.map((takenMs) => takenMs[place - 1]!)
    const serfMs = theirs.map((takenMs) => takenMs.get(place)!)
    rows.push(row('all see the one that joins', place, ourMs, serfMs))
  }
  return rows
}

report('join', await measure(), {
  json: values.json,
  notes: [
    serf === undefined
      ? 'serf is not installed: nothing to compare with (Debian package: serf)'
      : `serf: ${serf}, profile lan, its default; ratio: our median by its`
  ]
})
