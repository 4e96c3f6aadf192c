import type { Checks } from '../checks.ts'
import { longestPause } from '../measures.ts'
import { nowMs } from '../messages.ts'
import type { LabPeer } from '../peer.ts'
import type { Scenario } from '../scenario.ts'
import { evictions, nameOf, pause, setUp, untilSettled } from '../stage.ts'

const pauseBoundMs = 1_000
const agreeBoundMs = 5_000
const waitMs = 60_000
const quietMs = 2_000
/** Of the time that two are parted, in which nothing comes from one to the other. */
const darkShare = 0.8

interface Seen {
  readonly pair: string
  readonly isParted: boolean
  readonly pauseMs: number
}

/** The Manager and one member don't reach each other; everybody else reaches both. */
async function parted(preset: 'lan' | 'robust', ms: number, checks: Checks): Promise<void> {
  await using stage = await setUp(['a', 'b', 'c', 'e'], { peers: { preset } })
  const { peers } = stage
  const [manager, , cutOff] = peers as [LabPeer, LabPeer, LabPeer]
  await pause(quietMs)
  const fromMs = nowMs()
  await manager.host.part(cutOff.host)
  await pause(ms)
  const toMs = nowMs()
  await manager.host.meet(cutOff.host)
  const settledMs = await untilSettled(peers, toMs, waitMs)
  const seen = await pauses(peers, [manager.peerId, cutOff.peerId], fromMs, toMs)
  const dark = seen.filter(({ isParted }) => isParted)
  const light = seen.filter(({ isParted }) => !isParted)
  checks.sure('the two were parted', dark.length === 2 && dark.every(({ pauseMs }) => pauseMs > ms * darkShare))
  checks.sure('all others read each other', light.length === peers.length * (peers.length - 1) - 2, `${light.length} streams`)
  const worst = light.toSorted((one, other) => other.pauseMs - one.pauseMs)[0]!
  checks.within(`longest pause of the others (${worst.pair})`, worst.pauseMs, pauseBoundMs)
  checks.within('all agree after mending', settledMs, agreeBoundMs)
  checks.note('members that went', evictions(peers, fromMs).join('; ') || 'none')
}

async function pauses(peers: readonly LabPeer[], apart: readonly string[], fromMs: number, toMs: number): Promise<Seen[]> {
  const all = await Promise.all(peers.map(async (reader) => ({ reader, streams: await reader.streams() })))
  return all.flatMap(({ reader, streams }) =>
    streams.map((stream) => ({
      pair: `${nameOf(peers, stream.from)} → ${reader.name}`,
      isParted: apart.includes(reader.peerId) && apart.includes(stream.from),
      pauseMs: longestPause(stream, fromMs, toMs)
    }))
  )
}

export const halfPartition: Scenario = {
  name: 'half-partition',
  what: 'the Manager and a member reach all others, but not each other',
  cases: (form) =>
    (form === 'short' ? (['lan'] as const) : (['lan', 'robust'] as const)).map((preset) => ({
      title: preset,
      run: (checks) => parted(preset, form === 'short' ? 10_000 : 60_000, checks)
    }))
}
