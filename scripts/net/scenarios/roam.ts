import type { Checks } from '../checks.ts'
import { nowMs } from '../messages.ts'
import { LabPeer } from '../peer.ts'
import type { Case, Form, Scenario } from '../scenario.ts'
import { evictions, pause, setUp, untilStreams } from '../stage.ts'

const boundMs = 8_000
const waitMs = 40_000
const quietMs = 3_000
const lookMs = 50
/** A stream that went on would have come by then. */
const deadMs = 100
const newAddresses = ['10.66.0.77/24', 'fd66::77/64']

/** One host gets other addresses, as it does when it goes from one access point to another: the old ones are gone at once. */
async function roam(who: 'manager' | 'member', preset: 'wifi' | 'robust', checks: Checks): Promise<void> {
  await using stage = await setUp(['a', 'b', 'c'], { peers: { preset }, hosts: { n: {} } })
  const { lab, discoveryUrl, peers } = stage
  const newcomer = await LabPeer.start(lab, 'n', { discoveryUrl, preset })
  const moved = peers[who === 'manager' ? 0 : 1]!
  await pause(quietMs)
  checks.sure(`${moved.name} is ${who}`, ((await moved.look()).role === 'manager') === (who === 'manager'))
  moved.host.readdress(newAddresses)
  const movedMs = nowMs()
  const joining = newcomer.join().then(
    (joinedMs) => joinedMs - movedMs,
    () => Number.POSITIVE_INFINITY
  )
  const streamsMs = await untilStreams(peers, movedMs, waitMs)
  const joinedMs = await joining
  checks.sure('its old connections died', streamsMs > deadMs, `${Math.round(streamsMs)} ms of silence`)
  checks.within('all streams run', streamsMs, boundMs)
  checks.within('a newcomer is in', joinedMs, boundMs)
  if (Number.isFinite(joinedMs)) {
    await newcomer.read()
    checks.within('the newcomer reads all', await untilStreams([newcomer], movedMs, waitMs, peers), boundMs)
  }
  checks.none('members that went', evictions(peers, movedMs))
  checks.within('it tells its new address', await untilTold(moved, movedMs), boundMs)
}

/** How long after it moved its new address is among its own; Infinity: not in time. */
async function untilTold(moved: LabPeer, movedMs: number): Promise<number> {
  while (nowMs() - movedMs < waitMs) {
    const { addresses } = await moved.look()
    if (addresses.some((address) => address.includes('10.66.0.77'))) return nowMs() - movedMs
    await pause(lookMs)
  }
  return Number.POSITIVE_INFINITY
}

const cases = (who: 'manager' | 'member', form: Form): Case[] =>
  (form === 'short' ? (['wifi'] as const) : (['wifi', 'robust'] as const)).map((preset) => ({
    title: preset,
    run: (checks) => roam(who, preset, checks)
  }))

export const roamManager: Scenario = {
  name: 'roam-manager',
  what: "the Manager's host gets other addresses",
  cases: (form) => cases('manager', form)
}

export const roamMember: Scenario = {
  name: 'roam-member',
  what: "a member's host gets other addresses",
  cases: (form) => (form === 'short' ? [] : cases('member', form))
}
