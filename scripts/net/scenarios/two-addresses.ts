import type { Checks } from '../checks.ts'
import { longestPause } from '../measures.ts'
import { nowMs } from '../messages.ts'
import type { LabPeer } from '../peer.ts'
import type { Scenario } from '../scenario.ts'
import { evictions, pause, setUp } from '../stage.ts'

const boundMs = 3_000
const watchedMs = 20_000
const quietMs = 2_000
const interfaces = ['eth0', 'eth1'] as const

const reached = (number: number) => ({ interfaces: { eth0: [`10.66.0.${number}/24`, `10.67.0.${number}/24`] } })

/** How the address in use ends: in silence, or taken away. */
type Death = 'silent' | 'removed'

/** A member has two addresses at two interfaces, the others reach both; the one in use dies. */
async function dies(death: Death, checks: Checks): Promise<void> {
  const robot = { interfaces: { eth0: ['10.66.0.30/24'], eth1: ['10.67.0.30/24'] } }
  await using stage = await setUp(['a', 'b', 'robot'], { hosts: { d: reached(10), a: reached(11), b: reached(12), robot } })
  const { peers } = stage
  const member = peers[2]!
  await pause(quietMs)
  const used = await inUse(member)
  checks.sure('it tells both addresses', (await member.look()).addresses.length >= interfaces.length)
  const fromMs = nowMs()
  if (death === 'silent') await member.host.cut(used)
  else member.host.readdress([], used)
  await pause(watchedMs)
  const toMs = nowMs()
  const { up } = await member.host.stats(used === 'eth0' ? 'eth1' : 'eth0')
  checks.sure('the other one carries it', up.packets > 0, `${up.packets} packets`)
  const all = await Promise.all(peers.map(async (reader) => ({ reader, streams: await reader.streams() })))
  const dark = all.flatMap(({ reader, streams }) =>
    streams.filter(({ from }) => reader === member || from === member.peerId).map((stream) => longestPause(stream, fromMs, toMs))
  )
  checks.sure('it is read and reads', dark.length === 4, `${dark.length} streams`)
  checks.within('longest pause', Math.max(...dark), boundMs)
  checks.none('members that went', evictions(peers, fromMs))
}

/** The interface that carries more. */
async function inUse({ host }: LabPeer): Promise<(typeof interfaces)[number]> {
  await Promise.all(interfaces.map((one) => host.stats(one)))
  await pause(quietMs)
  const [eth0, eth1] = await Promise.all(interfaces.map((one) => host.stats(one)))
  return eth0!.up.bytes > eth1!.up.bytes ? 'eth0' : 'eth1'
}

export const twoAddresses: Scenario = {
  name: 'two-addresses',
  what: 'a member has two addresses, and the one in use dies',
  cases: (form) =>
    (form === 'short' ? (['silent'] as const) : (['silent', 'removed'] as const)).map((death) => ({
      title: death,
      run: (checks) => dies(death, checks)
    }))
}
