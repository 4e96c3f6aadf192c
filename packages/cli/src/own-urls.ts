/** Where a service on this machine can be reached from others. */
import { networkInterfaces } from 'node:os'
import { isRoutable } from '@auki/network'

interface Address {
  readonly name: string
  readonly ip: string
}

/** Networks of containers and virtual machines on this machine: from elsewhere they lead nowhere. */
const inner = /^(docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|lxc|lxd|podman)/

/** IPs of this machine that others may reach, the most likely first. */
export function ownIps(addresses: readonly Address[] = ownAddresses()): string[] {
  const costOf = ({ name, ip }: Address): number => (inner.test(name) ? 2 : 0) + (ip.includes(':') ? 1 : 0)
  const reachable = addresses.filter(({ ip }) => isRoutable(`/ip${ip.includes(':') ? 6 : 4}/${ip}`))
  return reachable.toSorted((a, b) => costOf(a) - costOf(b)).map(({ ip }) => ip)
}

/** The URLs of a service that listens at `host`, the best for others first; `url` is what it calls itself. */
export function urlsFor(url: string, host: string, ips: readonly string[] = ownIps()): string[] {
  const { port } = new URL(url)
  const isV6 = host === '::' || host === '[::]'
  if (host !== '0.0.0.0' && !isV6) return [url]
  const heard = ips.filter((ip) => isV6 || !ip.includes(':'))
  return [...heard.map((ip) => `http://${ip.includes(':') ? `[${ip}]` : ip}:${port}`), url]
}

const ownAddresses = (): Address[] =>
  Object.entries(networkInterfaces()).flatMap(([name, all = []]) => all.map(({ address: ip }) => ({ name, ip })))
