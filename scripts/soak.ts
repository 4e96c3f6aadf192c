/**
 * `npm run soak -- --minutes 10`: a robot with three cameras (30 Hz of 60 kB), a lidar (10 Hz of 240 kB) and a pose (100 Hz), one viewer of all of
 * them, and a Manager between that is killed half way.
 *
 * Ends with 1 when an entry was missing, doubled or never came, when latency drifted, or when a process took more and more memory.
 */
import { parseArgs } from 'node:util'
import { startDiscovery } from '../bench/support/discovery.ts'
import { textTable } from '../packages/cli/src/table.ts'
import { SoakPeer } from './soak/peer.ts'
import { judgeSoak, type Round } from './soak/verdict.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, rounds: { type: 'string', default: '20' } } })
const rounds = Number(values.rounds)
const roundMs = (Number(values.minutes) * 60_000) / rounds

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

await using discovery = await startDiscovery()
const place = { cluster: 'soak', discoveryUrl: discovery.url }
await using manager = await SoakPeer.start({ ...place, role: 'manager' })
await using robot = await SoakPeer.start({ ...place, role: 'robot' })
await using viewer = await SoakPeer.start({ ...place, role: 'viewer' })
viewer.read()
await viewer.until('all five streams flow', async () => (await viewer.report()).streams.filter(({ entries }) => entries > 0).length === 5)

const history: Round[] = []
let takeoverMs = Number.NaN
for (let round = 1; round <= rounds; round++) {
  await pause(roundMs)
  history.push({ robot: await robot.report(), viewer: await viewer.report() })
  console.error(
    `round ${round} of ${rounds}: ${history
      .at(-1)!
      .viewer.streams.map(({ entries }) => entries)
      .join(' ')} entries`
  )
  if (round !== Math.floor(rounds / 2)) continue
  const killedAtNs = process.hrtime.bigint()
  await manager.kill()
  takeoverMs = await Promise.all([robot, viewer].map((peer) => peer.followsAnother(manager.peerId, killedAtNs))).then((all) =>
    Math.max(...all)
  )
  console.error(`the Manager was killed; another one after ${Math.round(takeoverMs)} ms`)
}

const { rows, memory, faults } = judgeSoak(history)
console.log(`${values.minutes} minutes, the Manager killed half way, another one known to all after ${Math.round(takeoverMs)} ms\n`)
console.log(
  textTable(['stream', 'entries', 'missing', 'doubled', 'MB', 'median ms: first', 'last', 'p99 ms: first', 'last', 'longest ms'], rows)
)
console.log(`\n${textTable(['round', 'robot: resident MiB', 'heap', 'buffers', 'viewer: resident MiB', 'heap', 'buffers'], memory)}`)
for (const fault of faults) console.log(`\n${fault}`)
console.log(faults.length === 0 ? '\nno gap, no drift, flat memory' : '\nNOT AS IT SHOULD BE')
process.exitCode = faults.length === 0 ? 0 : 1
