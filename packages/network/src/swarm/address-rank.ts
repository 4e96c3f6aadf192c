/**
 * Which of our addresses are announced, and in which order. A pure rule: the caller says what the machine is like.
 *
 *   the address from which Discovery is reached     the others are most likely in that network
 *   other global and private ones                   in the order they are found
 *   those through a relay
 *   those of container bridges                      every host with Docker has the same, and none leads to us
 *
 * A bridge is recognised by the name of its network interface. Its address would not do: inside a container 172.17.0.2 is the address to announce.
 */
import { addressCharsMax, addressesMax } from '../protocols/limits.ts'
import { isRelayed } from '../protocols/membership-entry.ts'
import { addressParts } from './address-parts.ts'
import { ipScope, plainIp } from './ip-scope.ts'

/** What is known of this machine. */
export interface AddressRank {
  /** Own IPs from which Discovery is reached, one per family. */
  readonly routes: readonly string[]
  readonly interfaces: readonly { readonly name: string; readonly ip: string }[]
}

const bridges = /^(?:docker|br-|virbr|cni|podman|veth|lxcbr|lxdbr|flannel|cali|weave|kube|vmnet|vboxnet|vEthernet)/

/** Ours, the best first, without duplicates. */
export function rankAddresses(addresses: readonly string[], { routes, interfaces }: AddressRank): string[] {
  const first = new Set(routes.filter((ip) => ipScope(ip) !== 'loopback').map(plainIp))
  const last = new Set(interfaces.filter(({ name }) => bridges.test(name)).map(({ ip }) => plainIp(ip)))
  const classOf = (address: string): number => {
    if (isRelayed(address)) return 2
    const { host } = addressParts(address)
    if (first.has(host)) return 0
    return last.has(host) ? 3 : 1
  }
  const classes = new Map(addresses.map((address) => [address, classOf(address)]))
  return [...classes.keys()].sort((a, b) => classes.get(a)! - classes.get(b)!)
}

/** The first 16 of at most 256 characters, one through a relay among them if there is one; and the rest, which are not announced. */
export function cutAddresses(ranked: readonly string[]): { readonly told: string[]; readonly rest: string[] } {
  const usable = [...new Set(ranked)].filter((address) => address.length <= addressCharsMax)
  const told = usable.slice(0, addressesMax)
  const relayed = usable.find(isRelayed)
  if (relayed !== undefined && !told.includes(relayed)) told[told.length - 1] = relayed
  return { told, rest: [...new Set(ranked)].filter((address) => !told.includes(address)) }
}
