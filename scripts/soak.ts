/**
 * `npm run soak -- --minutes 10`: a robot with three cameras (30 Hz of 60 kB), a lidar (10 Hz of 240 kB) and a pose (100 Hz), one viewer of all of
 * them, a rover with a pose, `auki record` of everything, and a Manager between.
 *
 * The recorder is stopped for 9 s, the rover is killed and started again, the Manager is killed, and the rover gets another log. Ends with 1 when an entry
 * was missing, doubled or never came, when latency drifted, when a process took more and more memory, or when the recording lacks what nobody accounts for.
 */
import { parseArgs } from 'node:util'
import { startDiscovery } from '../bench/support/discovery.ts'
import { textTable } from '../packages/cli/src/table.ts'
import { SoakPeer } from './soak/peer.ts'
import { SoakRecorder } from './soak/recorder.ts'
import { type Expected, judgeRecording, judgeSoak, type Round } from './soak/verdict.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, rounds: { type: 'string', default: '20' } } })
const rounds = Number(values.rounds)
/** With fewer, things happen in the same round, and what a peer is killed with can't be recorded first. */
const roundsMin = 10
if (!(rounds >= roundsMin)) throw new RangeError(`--rounds ${values.rounds}: give ${roundsMin} or more`)
const roundMs = (Number(values.minutes) * 60_000) / rounds
/** How long the recorder is stopped. The logs keep 10 s. */
const stoppedMs = 9_000
const roverSeed = '07'.repeat(32)

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

await using discovery = await startDiscovery()
const place = { cluster: 'soak', discoveryUrl: discovery.url }
await using manager = await SoakPeer.start({ ...place, role: 'manager' })
await using robot = await SoakPeer.start({ ...place, role: 'robot' })
await using viewer = await SoakPeer.start({ ...place, role: 'viewer' })
viewer.read()
let rover = await SoakPeer.start({ ...place, role: 'rover', seed: roverSeed })
await using recorder = await SoakRecorder.start(place)
await robot.until('all six logs are recorded', () => recorder.opened >= 6)
await viewer.until('all five streams flow', async () => (await viewer.report()).streams.filter(({ entries }) => entries > 0).length === 5)

const history: Round[] = []
let takeoverMs = Number.NaN
const ended: Expected[] = []

async function killManager(): Promise<void> {
  const killedAtNs = process.hrtime.bigint()
  await manager.kill()
  const followed = await Promise.all([robot, viewer].map((peer) => peer.followsAnother(manager.peerId, killedAtNs)))
  takeoverMs = Math.max(...followed)
  console.error(`the Manager was killed; another one after ${Math.round(takeoverMs)} ms`)
}

async function restartRover(): Promise<void> {
  const { appended } = await rover.report()
  ended.push({ peerId: rover.peerId, session: 'first', appended, fromStart: false })
  await rover.kill()
  rover = await SoakPeer.start({ ...place, role: 'rover', seed: roverSeed })
  console.error('the rover was killed and started again')
}

async function stopRecorder(): Promise<void> {
  console.error(`the recorder is stopped for ${stoppedMs} ms`)
  await recorder.stopFor(stoppedMs)
}

/** What happens after which round. */
const at = (share: number): number => Math.floor(rounds * share)
const troubles = [
  { after: at(0.2), run: stopRecorder },
  { after: at(0.4), run: restartRover },
  { after: at(0.5), run: killManager },
  { after: at(0.6), run: async () => rover.add() }
]

for (let round = 1; round <= rounds; round++) {
  await pause(roundMs)
  history.push({ robot: await robot.report(), viewer: await viewer.report() })
  console.error(
    `round ${round} of ${rounds}: ${history
      .at(-1)!
      .viewer.streams.map(({ entries }) => entries)
      .join(' ')} entries`
  )
  for (const { after, run } of troubles) if (after === round) await run()
}
const { appended } = await robot.report()
const ofRover = (await rover.report()).appended
const runs = await recorder.finish()
await rover.kill()
const recording = judgeRecording(runs, [
  { peerId: robot.peerId, session: 'last', appended, fromStart: false },
  ...ended,
  { peerId: rover.peerId, session: 'last', appended: ofRover, fromStart: true }
])

const { rows, memory, faults: inStreams } = judgeSoak(history)
const faults = [...inStreams, ...recording.faults]
console.log(`${values.minutes} minutes, the Manager killed half way, another one known to all after ${Math.round(takeoverMs)} ms\n`)
console.log(
  textTable(['stream', 'entries', 'missing', 'doubled', 'MB', 'median ms: first', 'last', 'p99 ms: first', 'last', 'longest ms'], rows)
)
console.log(`\n${textTable(['round', 'robot: resident MiB', 'heap', 'buffers', 'viewer: resident MiB', 'heap', 'buffers'], memory)}`)
console.log(`\n${textTable(['recorded', 'run', 'first', 'last', 'missing', 'said to be missing'], recording.rows)}`)
for (const fault of faults) console.log(`\n${fault}`)
console.log(faults.length === 0 ? '\nno gap, no drift, flat memory, and a recording that accounts for everything' : '\nNOT AS IT SHOULD BE')
process.exitCode = faults.length === 0 ? 0 : 1
