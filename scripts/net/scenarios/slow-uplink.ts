import type { Checks } from '../checks.ts'
import type { Lab } from '../lab.ts'
import { ages, arrivals, longestPause, percentile } from '../measures.ts'
import { nowMs, type Offered, type Stream } from '../messages.ts'
import type { LabPeer } from '../peer.ts'
import type { Form, Scenario } from '../scenario.ts'
import { evictions, pause, setUp } from '../stage.ts'

const frameBytes = 20_000
const cameraHz = 15
/** kbit/s, of which headers take this share. */
const rate = 1_000
const headers = 1.05
const oneWayMs = 20
const farOneWayMs = 350
/** Until the sender knows the link. */
const settleMs = 5_000
const latestMs = 100
const poseMs = 200
const fullRate = 0.95

const streamOf = (streams: readonly Stream[], from: LabPeer, what: Offered): Stream => {
  const found = streams.find((stream) => stream.from === from.peerId && stream.what === what)
  if (found === undefined) throw new Error(`nobody reads the ${what}`)
  return found
}

/** A robot behind an uplink that carries less than its camera makes: what is read is new all the same, and nothing is cut. */
async function slow(ms: number, checks: Checks): Promise<void> {
  await using stage = await setUp(['a', 'robot'], { peers: { offers: ['camera', 'lidar', 'pose'], frameBytes, cameraHz } })
  const [reader, robot] = stage.peers as [LabPeer, LabPeer]
  await robot.host.link('up', { rate, queue: 1_000, delay: oneWayMs, fifo: 1 })
  await robot.host.link('down', { delay: oneWayMs, fifo: 1 })
  await pause(settleMs)
  await robot.host.stats()
  const fromMs = nowMs()
  await pause(ms)
  const toMs = nowMs()
  const { up } = await robot.host.stats()
  const streams = await reader.streams()
  const [camera, lidar, pose] = (['camera', 'lidar', 'pose'] as const).map((what) => streamOf(streams, robot, what)) as [
    Stream,
    Stream,
    Stream
  ]
  const kbits = (up.bytes * 8) / (toMs - fromMs)
  checks.sure('the link is full', kbits > rate / 2, `${Math.round(kbits)} kbit/s, ${up.dropped} packets dropped`)
  const cuts = streams.reduce((sum, stream) => sum + stream.cuts, 0)
  checks.none('connections cut', cuts === 0 ? [] : [`${cuts} streams resumed or opened again`])
  checks.none('members that went', evictions(stage.peers, fromMs))
  const boundMs = oneWayMs + (frameBytes * 8 * headers) / rate + latestMs
  checks.within('age of the camera, p50', percentile(ages(camera, fromMs, toMs), 0.5), boundMs)
  checks.within('age of the camera, p99', percentile(ages(camera, fromMs, toMs), 0.99), 2 * boundMs)
  checks.note('frames a second', ((arrivals(camera, fromMs, toMs) * 1_000) / (toMs - fromMs)).toFixed(1))
  checks.within('age of the pose, p99', percentile(ages(pose, fromMs, toMs), 0.99), 2 * oneWayMs + poseMs)
  checks.note('longest pause of the pose', `${Math.round(longestPause(pose, fromMs, toMs))} ms`)
  checks.note('age of the lidar, p99', `${Math.round(percentile(ages(lidar, fromMs, toMs), 0.99))} ms`)
}

/** A long way with room: what is confirmed late must not hold the rate down. */
async function far(ms: number, checks: Checks): Promise<void> {
  // BBR sends next to nothing for two round trips about every 10 s, to see how long the way is; Linux comes with CUBIC.
  const before = async (lab: Lab) => {
    for (const name of ['a', 'robot']) lab.host(name).congestionControl('cubic')
  }
  await using stage = await setUp(['a', 'robot'], { peers: { offers: ['camera', 'pose'], frameBytes, cameraHz }, before })
  const [reader, robot] = stage.peers as [LabPeer, LabPeer]
  await robot.host.link('both', { delay: farOneWayMs, fifo: 1 })
  await pause(2 * settleMs)
  const fromMs = nowMs()
  await pause(ms)
  const toMs = nowMs()
  const camera = streamOf(await reader.streams(), robot, 'camera')
  const frameAges = ages(camera, fromMs, toMs)
  checks.sure('the way is long', Math.min(...frameAges) >= farOneWayMs, `${Math.round(Math.min(...frameAges))} ms at least`)
  checks.atLeast('frames', arrivals(camera, fromMs, toMs), Math.floor((cameraHz * fullRate * (toMs - fromMs)) / 1_000))
  checks.within('age of the camera, p50', percentile(frameAges, 0.5), farOneWayMs + latestMs)
}

export const slowUplink: Scenario = {
  name: 'slow-uplink',
  what: 'all streams over 1 Mbit/s up with a queue of 1 s; a camera over an RTT of 700 ms',
  cases: (form: Form) => [
    { title: '1 Mbit/s', run: (checks) => slow(form === 'short' ? 15_000 : 180_000, checks) },
    ...(form === 'short' ? [] : [{ title: 'RTT 700 ms', run: (checks: Checks) => far(20_000, checks) }])
  ]
}
