import type { Checks } from '../checks.ts'
import type { Lab } from '../lab.ts'
import type { LabPeer } from '../peer.ts'
import type { Scenario } from '../scenario.ts'
import { pause, setUp } from '../stage.ts'

const rttsMs = [120, 300, 700]
const slackMs = 5
const ageBoundMs = 60_000
/** Until there was time for an exchange or two. */
const settleMs = 20_000
const everyMs = 1_000

interface Reading {
  readonly offMs: number
  readonly uncertaintyMs: number
  readonly ageMs: number
}

/** Estimates of the Manager's clock by a peer far away; every clock is one of this machine's, so what is true is known. */
async function far(rttMs: number, ms: number, checks: Checks): Promise<void> {
  const before = (lab: Lab) => lab.host('b').link('both', { delay: rttMs / 2, fifo: 1 })
  await using stage = await setUp(['a', 'b'], { before })
  const [manager, member] = stage.peers as [LabPeer, LabPeer]
  await pause(settleMs)
  const readings: (Reading | undefined)[] = []
  for (let elapsedMs = 0; elapsedMs < ms; elapsedMs += everyMs) {
    readings.push(await read(manager, member))
    await pause(everyMs)
  }
  const known = readings.filter((reading) => reading !== undefined)
  checks.sure('there is always an estimate', known.length === readings.length, `${known.length} of ${readings.length}`)
  const most = (of: (reading: Reading) => number): number => (known.length === 0 ? Number.NaN : Math.max(...known.map(of)))
  checks.within(
    'uncertainty',
    most(({ uncertaintyMs }) => uncertaintyMs),
    rttMs + slackMs
  )
  checks.within(
    'age',
    most(({ ageMs }) => ageMs),
    ageBoundMs
  )
  const false_ = known.filter(({ offMs, uncertaintyMs }) => offMs > uncertaintyMs)
  checks.none(
    'readings that miss the truth',
    false_.map(({ offMs, uncertaintyMs }) => `${offMs.toFixed(1)} ms off, says ${uncertaintyMs.toFixed(1)}`)
  )
  checks.note('how far it is off', `${most(({ offMs }) => offMs).toFixed(2)} ms`)
}

async function read(manager: LabPeer, member: LabPeer): Promise<Reading | undefined> {
  const [theirs, ours] = await Promise.all([manager.clock(), member.clock()])
  const estimate = ours.others.find(({ clockId }) => clockId === theirs.clockId)
  if (estimate === undefined) return undefined
  const { zeroNs, uncertaintyNs, ageNs } = estimate
  return { offMs: Math.abs(Number(zeroNs - theirs.zeroNs)) / 1e6, uncertaintyMs: Number(uncertaintyNs) / 1e6, ageMs: Number(ageNs) / 1e6 }
}

export const farClock: Scenario = {
  name: 'far-clock',
  what: "what is known of the Manager's clock over a long way",
  cases: (form) =>
    (form === 'short' ? [] : rttsMs).map((rttMs) => ({ title: `RTT ${rttMs} ms`, run: (checks) => far(rttMs, 75_000, checks) }))
}
