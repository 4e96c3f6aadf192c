import type { Checks } from '../checks.ts'
import { arrivals } from '../measures.ts'
import { nowMs } from '../messages.ts'
import type { LabPeer } from '../peer.ts'
import type { Case, Scenario } from '../scenario.ts'
import { evictions, pause, setUp, untilSettled, untilStreams } from '../stage.ts'

const memberBoundMs = 2_000
const streamsBoundMs = 3_000
const waitMs = 60_000
const quietMs = 2_000
/** What was under way may still come. */
const underWayMs = 500

/** Nothing passes for a while, in silence; resolves to the span, ms. */
async function takeDown({ host }: LabPeer, ms: number): Promise<{ readonly downMs: number; readonly upMs: number }> {
  const downMs = nowMs()
  await host.cut()
  await pause(ms)
  await host.mend()
  return { downMs, upMs: nowMs() }
}

/** Entries that came over a link that was down. */
async function cameThrough(peer: LabPeer, fromMs: number, toMs: number): Promise<number> {
  const streams = await peer.streams()
  return streams.reduce((sum, stream) => sum + arrivals(stream, fromMs + underWayMs, toMs), 0)
}

async function memberDown(ms: number, checks: Checks): Promise<void> {
  await using stage = await setUp(['a', 'b', 'c'])
  const { peers } = stage
  const member = peers[2]!
  await pause(quietMs)
  const { downMs, upMs } = await takeDown(member, ms)
  const settledMs = await untilSettled(peers, upMs, waitMs)
  const streamsMs = await untilStreams(peers, upMs, waitMs)
  checks.sure('nothing passed meanwhile', (await cameThrough(member, downMs, upMs)) === 0)
  checks.within('it is a member again', settledMs, memberBoundMs)
  checks.note('all streams run', `${Math.round(streamsMs)} ms after`)
}

async function managerDown(ms: number, checks: Checks): Promise<void> {
  await using stage = await setUp(['a', 'b', 'c'], { peers: { offers: ['camera', 'pose'] } })
  const { peers } = stage
  const [manager] = peers
  await pause(quietMs)
  const { downMs, upMs } = await takeDown(manager!, ms)
  const streamsMs = await untilStreams(peers, upMs, waitMs)
  const settledMs = await untilSettled(peers, upMs, waitMs)
  checks.sure('nothing passed meanwhile', (await cameThrough(manager!, downMs, upMs)) === 0)
  checks.none('members that went', evictions(peers, downMs))
  checks.within('all streams run', streamsMs, streamsBoundMs)
  checks.note('all agree', `${Math.round(settledMs)} ms after`)
}

const memberCase = (seconds: number): Case => ({ title: `${seconds} s`, run: (checks) => memberDown(seconds * 1_000, checks) })

export const linkDown: Scenario = {
  name: 'link-down',
  what: "a member's link is down for a while",
  cases: (form) => (form === 'short' ? [8] : [2, 8, 30, 120]).map(memberCase)
}

export const managerLinkDown: Scenario = {
  name: 'manager-down',
  what: "the Manager's link is down for 8 s",
  cases: () => [{ title: '8 s', run: (checks) => managerDown(8_000, checks) }]
}
