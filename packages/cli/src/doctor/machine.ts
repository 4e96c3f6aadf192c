/** What `auki doctor` looks at on this machine: Node, ports, addresses. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { reasonOf } from '@auki/canonical'
import { createSwarm, PeerIdentity, Wallet } from '@auki/domain'
import { isRoutable, resolveAdvertiseMultiaddrs } from '@auki/network'
import { discoveryPortDefault, relayPorts } from '../settings.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

export async function node(version: string): Promise<Finding> {
  const { versions, platform, arch } = process
  const text = `auki ${version} on Node ${versions.node}, ${platform} ${arch}`
  const facts = { version, node: versions.node, platform, arch }
  if (Number(versions.node.split('.')[0]) < 24) return fail(text, 'install Node 24 or newer: https://nodejs.org', facts)
  return ok(text, facts)
}

/** @param discoveryPort - where a Discovery service on this machine is expected, if it is; that one may be taken. */
export async function ports(discoveryPort: number | undefined): Promise<Finding> {
  try {
    await bind(0, '0.0.0.0')
  } catch (error) {
    return fail(`no TCP port can be listened on: ${reasonOf(error)}`, 'let this user open ports, or join with --listen at one that may be')
  }
  const wanted = [discoveryPortDefault, ...relayPorts].filter((port) => port !== discoveryPort)
  const tried = await Promise.all(
    wanted.map(async (port) => ({ port, reason: await bind(port, '0.0.0.0').then(() => undefined, reasonOf) }))
  )
  const taken = tried.filter(({ reason }) => reason !== undefined).map(({ port }) => port)
  if (taken.length === 0) return ok(`ports can be listened on, ${wanted.join(', ')} among them`, { taken })
  const next = 'give "auki discovery --port" or "auki relay --listen" others, or end what has them'
  return warn(`ports can be listened on, but not ${taken.join(', ')}: something else has them`, next, { taken })
}

async function bind(port: number, host: string): Promise<void> {
  const server = createServer().listen({ port, host, exclusive: true })
  try {
    await once(server, 'listening')
  } finally {
    server.close()
  }
}

/** What a peer with the defaults would tell others. */
export async function addresses(discoveryUrl: string): Promise<Finding> {
  const identity = PeerIdentity.fromWallet(Wallet.generate())
  try {
    await using swarm = await createSwarm(identity, { listen: ['/ip4/0.0.0.0/tcp/0', '/ip6/::/tcp/0'] })
    const told = await resolveAdvertiseMultiaddrs(swarm, [], { discoveryUrl, log: () => {} })
    const announced = told.map((address) => address.replace(/\/tcp\/\d+$/, ''))
    if (announced.some((address) => isRoutable(address))) return ok(`a peer here is announced at ${announced.join(', ')}`, { announced })
    const next = 'connect this machine to a network, or give "auki join --announce" the address that others reach it at'
    return warn('a peer here can be reached from this machine only', next, { announced })
  } catch (error) {
    return fail(`a peer can't be started: ${reasonOf(error)}`, 'look at the reason; AUKI_DEBUG=1 tells more')
  }
}

export async function ipv6(): Promise<Finding> {
  const all = Object.values(networkInterfaces()).flatMap((interfaces = []) => interfaces.filter(({ family }) => family === 'IPv6'))
  const reachable = all.map(({ address }) => address).filter((ip) => isRoutable(`/ip6/${ip}`))
  if (reachable.length > 0) return ok(`IPv6 is there: ${reachable.join(', ')}`, { addresses: reachable })
  return ok(all.length > 0 ? 'IPv6 does not leave this machine; peers use IPv4' : 'no IPv6; peers use IPv4', { addresses: [] })
}
