/** The life of a small cluster on one host, whose addresses the test has set up: created, joined, taken over, joined again. Prints what was told. */
import { createDiscoveryServer } from '@auki/discovery'
import { ClusterTarget, createSwarm, DiscoveryClient, Domain } from '@auki/domain'
import { someone } from './world.ts'

/** `listen`: what each peer listens on; default: the SDK's choice. */
const { discoveryHost, listen } = JSON.parse(process.argv[2]!) as { discoveryHost: string; listen?: string[] }
await using discovery = await createDiscoveryServer({ host: discoveryHost })
const warnings: string[] = []

async function join(seed: number): Promise<Domain> {
  const { identity, peer } = someone(seed)
  return Domain.join(peer, await peer.startSession(), {
    target: ClusterTarget.joinOrCreate('lab'),
    localIdentity: identity,
    discoveryUrl: discovery.url,
    daemonInfo: { name: `peer ${seed}` },
    settings: { preset: 'lan' },
    log: (level, text) => void (level === 'warn' && warnings.push(text)),
    ...(listen && { swarm: await createSwarm(identity, { listen }) })
  })
}

async function rowAddresses(): Promise<readonly string[]> {
  const read = await new DiscoveryClient(discovery.url).get('lab')
  return read.kind === 'row' ? read.row.managerMultiaddrs : []
}

const first = await join(1)
const second = await join(2)
const created = await rowAddresses()
const events = second.clusterManager.events()
await first.leave()
for await (const event of events) if (event.type === 'role-changed' && event.role === 'manager') break
const takenOver = await rowAddresses()
const third = await join(3)
const entries = third.clusterManager.membership.peers.map(({ multiaddrs }) => multiaddrs)
const own = second.clusterManager.localMultiaddrs
await third.leave()
await second.leave()
console.log(JSON.stringify({ created, takenOver, own, entries, warnings }))
