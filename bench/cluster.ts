/**
 * `npm run bench:cluster`: what a cluster costs its Manager as it grows: a storm of joins, single changes, and standing still.
 *
 * Many peers share a process, but the Manager has one of its own, so that its CPU time can be told; what it pushes is counted as it goes out.
 * Options: `-- --members 5,10,20,40,60 --processes 6 --json`.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type Costs, measureCluster } from './support/cluster.ts'
import { startDiscovery } from './support/discovery.ts'
import { PeerProcess } from './support/peers.ts'
import { type BenchRow, report, rounded } from './support/report.ts'

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '5,10,20,40,60' },
    processes: { type: 'string', default: '6' },
    json: { type: 'boolean', default: false }
  }
})
const counts = values.members.split(',').map(Number)

const say = (text: string): void => {
  if (!values.json) console.error(text)
}

/** Per change: a storm of `members - 1` joins, or one join and one leave in a cluster that stands. */
function row(members: number, { storm, change, still }: Costs): BenchRow {
  const joins = members - 1
  return {
    members,
    stormMs: storm.ms,
    'storm: joins tried again': storm.joinsAgain,
    'storm: documents per join': rounded(storm.documents / joins),
    'storm: KiB per join': rounded(storm.bytes / joins / 1024),
    'storm: CPU ms per join': rounded(storm.cpuMs / joins),
    'change: documents': rounded(change.documents),
    'change: KiB per document': rounded(change.bytes / change.documents / 1024),
    'change: CPU ms': rounded(change.cpuMs),
    'still: KiB/s': rounded(still.bytes / 1024),
    'still: CPU %': rounded(still.cpuMs / 10)
  }
}

async function measure(): Promise<BenchRow[]> {
  await using discovery = await startDiscovery()
  await using stack = new AsyncDisposableStack()
  const home = stack.use(new PeerProcess())
  const processes = Array.from({ length: Number(values.processes) }, () => stack.use(new PeerProcess()))
  const rows: BenchRow[] = []
  say('warming up')
  await measureCluster('warm-up', discovery.url, home, processes, 2 * processes.length)
  for (const members of counts) {
    say(`${members} members`)
    rows.push(row(members, await measureCluster(`cluster-${members}`, discovery.url, home, processes, members)))
  }
  return rows
}

report('cluster', await measure(), {
  json: values.json,
  notes: [
    'Storm: all but the Manager join at the same instant; ms until everybody has everybody, those included that Discovery did not answer within 2 s and that asked again. Still: nothing happens. Change: one peer joins, or leaves; what it costs beyond standing still.',
    'Documents, bytes and CPU time are those of the Manager alone. A change costs one document for each member, a storm far less; a document names every member, so that its size grows with their number.',
    `Load while it ended: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`
  ]
})
