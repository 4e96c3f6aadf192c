/**
 * `npm run race`: two processes ask for the same new cluster at the same moment, 50 times. They must always end in one cluster.
 *
 * `npm run race -- --runs 200` runs it more often. Ends with 1 at the first run that does not end in one cluster.
 */
import { parseArgs } from 'node:util'
import { startDiscovery } from '../bench/support/discovery.ts'
import { PeerProcess } from '../bench/support/peers.ts'
import { race } from '../bench/support/race.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '50' } } })
const runs = Number(values.runs)

await using discovery = await startDiscovery()
await using one = new PeerProcess()
await using other = new PeerProcess()
let lost = 0
for (let run = 1; run <= runs; run++) {
  const result = await race(`race-${run}`, discovery.url, [one, other])
  lost += Number(result.lost)
  const how = result.lost ? 'lost the race and joined' : 'came later and joined'
  console.log(`${String(run).padStart(4)}  ${result.first} created ${result.cluster}, ${result.second} ${how}`)
}
console.log(`${runs} runs, ${runs} ended in one cluster; in ${lost} the second peer had asked for it too, lost the race and joined`)
