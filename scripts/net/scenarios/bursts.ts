import type { Checks } from '../checks.ts'
import { Lab } from '../lab.ts'
import { arrivals } from '../measures.ts'
import { nowMs } from '../messages.ts'
import { LabPeer } from '../peer.ts'
import type { Scenario } from '../scenario.ts'
import { evictions, gather, managerChanges, pause, startDiscovery } from '../stage.ts'

const names = ['a', 'b', 'c']
const presets = ['wifi', 'robust'] as const
/** Packets, on average: with what flows here a third of a second, as when somebody walks through a link. */
const burst = 100
const link = { delay: 20, jitter: 10, fifo: 1 } as const
/** Of the losses that were asked for. */
const certain = 0.5

/** Every link loses packets in bursts, both ways, under two clusters with a peer of each on every host. */
async function lossy(loss: number, ms: number, checks: Checks): Promise<void> {
  await using lab = await Lab.open({ d: {}, a: {}, b: {}, c: {} })
  const discoveryUrl = await startDiscovery(lab)
  const clusters = await Promise.all(
    presets.map(async (preset) => {
      const start = (name: string) => LabPeer.start(lab, name, { discoveryUrl, preset, cluster: preset }, `${name} (${preset})`)
      return { preset, peers: await Promise.all(names.map(start)) }
    })
  )
  await Promise.all(clusters.map(({ peers }) => gather(peers)))
  const hosts = names.map((name) => lab.host(name))
  await Promise.all(hosts.map((host) => host.link('both', { ...link, loss, burst })))
  await Promise.all(hosts.map((host) => host.stats()))
  const fromMs = nowMs()
  await pause(ms)
  const toMs = nowMs()
  const ways = (await Promise.all(hosts.map((host) => host.stats()))).flatMap(({ up, down }) => [up, down])
  const [packets, lost] = [ways.reduce((sum, way) => sum + way.packets, 0), ways.reduce((sum, way) => sum + way.lost, 0)]
  const percent = (100 * lost) / packets
  checks.sure('packets were lost', percent > loss * certain, `${percent.toFixed(1)} % of ${packets}`)
  for (const { preset, peers } of clusters) {
    checks.none(`${preset}: members that went`, evictions(peers, fromMs))
    const changes = managerChanges(peers, fromMs, peers[0]!.peerId)
    if (preset === 'wifi') checks.none('wifi: changes of Manager', changes)
    else checks.note(`${preset}: changes of Manager`, changes.join('; ') || 'none')
    const entries = (await Promise.all(peers.map((peer) => peer.streams()))).flat().map((stream) => arrivals(stream, fromMs, toMs))
    checks.sure(
      `${preset}: all streams went on`,
      entries.length === 6 && Math.min(...entries) > 0,
      `${Math.min(...entries)} entries at least`
    )
  }
}

export const bursts: Scenario = {
  name: 'bursts',
  what: 'every link loses 2.5 % or 5 % of its packets, in bursts',
  cases: (form) => (form === 'short' ? [] : [2.5, 5]).map((loss) => ({ title: `${loss} %`, run: (checks) => lossy(loss, 180_000, checks) }))
}
