/**
 * `npm run bench:failover`: how long a cluster has no Manager when its process is killed.
 *
 * Every peer is a process. Measured from the SIGKILL to a Manager that Discovery has committed and that all survivors know; the killed one is
 * replaced before the next kill. Ends with 1 when one took longer than the life of the row and a second.
 * Options: `-- --kills 10 --peers 4 --json`.
 */
import { parseArgs } from 'node:util'
import { startDiscovery } from './support/discovery.ts'
import { Cluster } from './support/failover.ts'
import { report, spread } from './support/report.ts'

const rowLifeMs = 3_000
const limitMs = rowLifeMs + 1_000

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '10' }, peers: { type: 'string', default: '4' }, json: { type: 'boolean', default: false } }
})
const kills = Number(values.kills)
const peers = Number(values.peers)

await using discovery = await startDiscovery(['--row-life', `${rowLifeMs}ms`])
await using cluster = new Cluster('failover', discovery.url)
const takenMs: number[] = []
for (let kill = 1; kill <= kills; kill++) {
  while (cluster.size < peers) await cluster.grow()
  takenMs.push(await cluster.loseManager())
  if (!values.json) console.error(`kill ${kill} of ${kills}: ${Math.round(takenMs.at(-1)!)} ms`)
}
const late = takenMs.filter((ms) => ms > limitMs).length
report('failover', [{ peers, kills, rowLifeMs, ...spread(takenMs), limitMs, late }], {
  json: values.json,
  notes: [
    `From SIGKILL to a Manager committed and known to all ${peers - 1} survivors. ${late} of ${kills} took longer than ${limitMs} ms.`
  ]
})
if (late > 0) process.exitCode = 1
