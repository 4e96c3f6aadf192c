/**
 * The addresses that we announce to others.
 *
 * A node bound to a wildcard listens on every interface, loopback first, and a host may have very many. So all addresses are collected, filtered and ranked,
 * and the best are announced. Loopback addresses are announced only if no other one is left, so that peers on one machine still find each other.
 */
import { abortable } from '@auki/canonical'
import { multiaddr } from '@multiformats/multiaddr'
import { interfaces, routesTo } from '#host'
import type { CallOptions } from '../protocols/call-options.ts'
import { canonicalMultiaddr } from '../protocols/multiaddrs.ts'
import { addressParts } from './address-parts.ts'
import { type AddressRank, cutAddresses, rankAddresses } from './address-rank.ts'
import { ipScope, plainIp } from './ip-scope.ts'
import type { RuntimeLog } from './log.ts'
import { nodeOf, type Swarm } from './swarm.ts'

/** How long to wait for a transport that names its addresses late, if the caller does not say (500–2,000 ms make sense). */
const defaultWindowMs = 1_000

export interface DetectionOptions extends CallOptions {
  /** How long to wait for the first address, ms; those known already are returned at once. Default: 1,000. */
  readonly windowMs?: number
}

export interface AdvertiseOptions extends DetectionOptions {
  /** URL of the Discovery service: the address from which it is reached comes first. */
  readonly discoveryUrl?: string
  /** Our addresses at relays where we have a place; they replace what the node itself says of these relays. */
  readonly places?: readonly string[]
  readonly log?: RuntimeLog
}

/**
 * Whether another machine may reach a multiaddr, judged by its first IP component.
 *
 * Loopback, unspecified, link-local, multicast and broadcast, also inside an IPv6 address: no. Private ranges, and addresses without an IP (DNS
 * names, relays): yes. No multiaddr: no.
 */
export function isRoutable(address: string): boolean {
  const scope = scopeOf(address)
  return scope === 'private' || scope === 'global' || scope === 'name'
}

function scopeOf(address: string): ReturnType<typeof ipScope> | 'name' {
  try {
    const ip = multiaddr(canonicalMultiaddr(address))
      .getComponents()
      .find(({ name }) => name === 'ip4' || name === 'ip6')
    return ip?.value === undefined ? 'name' : ipScope(ip.value)
  } catch {
    return 'none'
  }
}

/** The routable addresses the swarm listens on, without duplicates; empty when there is none within the window, or it listens on nothing. */
export async function collectRoutableListenAddrs(swarm: Swarm, options: DetectionOptions = {}): Promise<string[]> {
  return (await listenAddresses(swarm, options)).filter(isRoutable)
}

/**
 * What to tell others, the best first: a non-empty `override` as it is, else the routable listen addresses, else, with a warning, the loopback
 * ones, so that peers on one machine still meet. Of more than 16, or longer than 256 characters, the rest is named in a warning and not told.
 */
export async function resolveAdvertiseMultiaddrs(
  swarm: Swarm,
  override: readonly string[] = [],
  options: AdvertiseOptions = {}
): Promise<string[]> {
  const { places = [], log } = options
  const ranked = override.length > 0 ? [...override, ...places] : await detect(swarm, options)
  const { told, rest } = cutAddresses(ranked)
  if (rest.length > 0) log?.('warn', `not all addresses of ours are told to others; left out: ${rest.join(', ')}`, { rest })
  return told
}

async function detect(swarm: Swarm, options: AdvertiseOptions): Promise<string[]> {
  const { places = [], log } = options
  const replaced = new Set(places.map(relayOf))
  const listened = (await listenAddresses(swarm, options)).filter((address) => {
    const relay = relayOf(address)
    return relay === undefined || !replaced.has(relay)
  })
  const routable = listened.filter(isRoutable)
  const rank = await ranking(options)
  if (routable.length > 0 || places.some(isRoutable)) return rankAddresses([...routable, ...places], rank)
  if (listened.length > 0) {
    log?.('warn', 'no address of ours can be reached from another machine: only peers on this one will find us', { found: listened })
  }
  return rankAddresses([...listened.filter((address) => /^\/ip4\/127\.|^\/ip6\/::1\//.test(address)), ...places], rank)
}

/** The peer id of the relay that an address goes through. */
const relayOf = (address: string): string | undefined => addressParts(addressParts(address).relay ?? '').peerId

async function ranking({ discoveryUrl, windowMs = defaultWindowMs, signal }: AdvertiseOptions): Promise<AddressRank> {
  const host = URL.parse(discoveryUrl ?? '')?.hostname.replace(/^\[|\]$/g, '')
  return { routes: host === undefined ? [] : await routes(host, windowMs, signal), interfaces: interfaces() }
}

/** Without a network the lookup of a name can take long; then there are no routes. */
async function routes(host: string, windowMs: number, signal: AbortSignal | undefined): Promise<string[]> {
  const window = AbortSignal.timeout(windowMs)
  const found = await abortable(routesTo(host), signal ? AbortSignal.any([signal, window]) : window).catch(() => [])
  signal?.throwIfAborted()
  return found.map(plainIp)
}

/** What is listened on: at once where it is known, else as soon as the first address is. */
async function listenAddresses(swarm: Swarm, { windowMs = defaultWindowMs, signal }: DetectionOptions): Promise<string[]> {
  signal?.throwIfAborted()
  const { libp2p, listens, candidates } = nodeOf(swarm)
  if (listens && candidates().length === 0) {
    const window = AbortSignal.timeout(windowMs)
    const either = signal ? AbortSignal.any([signal, window]) : window
    const announced = Promise.withResolvers<void>()
    const look = () => candidates().length > 0 && announced.resolve()
    libp2p.addEventListener('transport:listening', look)
    await abortable(announced.promise, either).catch(() => signal?.throwIfAborted())
    libp2p.removeEventListener('transport:listening', look)
  }
  return candidates()
}
