/**
 * From what the machine and its node say of our addresses to what others are told: filtered, ranked, cut.
 *
 * A node bound to a wildcard listens on every interface, loopback first, and a host may have very many. Loopback addresses are told only if no other one is
 * left, so that peers on one machine still find each other.
 */
import { abortable } from '@auki/canonical'
import { multiaddr } from '@multiformats/multiaddr'
import { interfaces, routesTo } from '#host'
import { canonicalMultiaddr } from '../protocols/multiaddrs.ts'
import { addressParts } from './address-parts.ts'
import { cutAddresses, rankAddresses } from './address-rank.ts'
import { ipScope, plainIp } from './ip-scope.ts'
import type { RuntimeLog } from './log.ts'
import type { SwarmNode } from './swarm.ts'

/** What the machine and the node on it know of our addresses; a test brings its own. */
export interface AddressSource {
  /** Where the node may be reached at this moment, loopback and unroutable ones included. */
  candidates(): readonly string[]
  /** The IPs of this machine, and the names of the network interfaces that have them. */
  interfaces(): readonly { readonly name: string; readonly ip: string }[]
  /** The IPs of this machine from which packets to a host would leave; none where there is no way to it. */
  routesTo(host: string): Promise<readonly string[]>
}

export const hostSource = ({ candidates }: Pick<SwarmNode, 'candidates'>): AddressSource => ({ candidates, interfaces, routesTo })

export interface AdvertiseNeeds {
  /** Told as it is in place of what the node listens on; empty: nothing is. */
  readonly override: readonly string[]
  /** URL of the Discovery service: the address from which it is reached comes first. */
  readonly discoveryUrl: string | undefined
  /** Our addresses at relays; they count as long as the node has a place there, and replace what it says of these relays itself. */
  readonly places: readonly string[]
  /** How long the lookup of Discovery's host may take, ms. */
  readonly windowMs: number
  readonly signal: AbortSignal | undefined
}

export interface Advertised {
  readonly told: readonly string[]
  /** What did not fit. */
  readonly rest: readonly string[]
  /** The only addresses there are, when no other machine can reach any of them. */
  readonly local: readonly string[]
  /** Whether this machine knows a way to Discovery; not asked where an override makes no use of it. */
  readonly hasRoute: boolean
}

/**
 * Whether another machine may reach a multiaddr, judged by its first IP component.
 *
 * Loopback, unspecified, link-local, multicast and broadcast, also inside an IPv6 address: no. Private ranges, and addresses without an IP (DNS
 * names, relays): yes. No multiaddr, and what never leaves this machine, as a socket in its file system: no.
 */
export function isRoutable(address: string): boolean {
  const scope = scopeOf(address)
  return scope === 'private' || scope === 'global' || scope === 'name'
}

function scopeOf(address: string): ReturnType<typeof ipScope> | 'name' {
  if (/^\/(?:unix|memory)\//.test(address)) return 'none'
  try {
    const ip = multiaddr(canonicalMultiaddr(address))
      .getComponents()
      .find(({ name }) => name === 'ip4' || name === 'ip6')
    return ip?.value === undefined ? 'name' : ipScope(ip.value)
  } catch {
    return 'none'
  }
}

export async function advertise(source: AddressSource, needs: AdvertiseNeeds): Promise<Advertised> {
  const { override } = needs
  const routes = override.length > 0 ? [] : await routesOf(source, needs)
  // After the wait: it takes as long as DNS does.
  const candidates = source.candidates()
  const places = heldPlaces(needs.places, candidates)
  const listened = listenedOf(candidates, places)
  const routable = listened.filter(isRoutable)
  const isLocal = override.length === 0 && routable.length === 0 && !places.some(isRoutable)
  const found = isLocal ? listened.filter(isLoopback) : routable
  const rank = { routes, interfaces: source.interfaces() }
  const ranked = override.length > 0 ? [...override, ...places] : rankAddresses([...found, ...places], rank)
  return { ...cutAddresses(ranked), local: isLocal ? listened : [], hasRoute: routes.length > 0 }
}

export interface WarnOptions {
  readonly log?: RuntimeLog
  readonly loopbackIsMeant?: boolean
}

/** Says what others are not told, where that is a surprise. */
export function warnOfUntold({ rest, local }: Advertised, { log, loopbackIsMeant = false }: WarnOptions): void {
  if (rest.length > 0) log?.('warn', `not all addresses of ours are told to others; left out: ${rest.join(', ')}`, { rest })
  if (local.length === 0 || loopbackIsMeant) return
  log?.('warn', 'no address of ours can be reached from another machine: only peers on this one will find us', { found: local })
}

const isLoopback = (address: string): boolean => /^\/ip4\/127\.|^\/ip6\/::1\//.test(address)

/** The peer id of the relay that an address goes through. */
const relayOf = (address: string): string | undefined => addressParts(addressParts(address).relay ?? '').peerId

/** Those at relays where the node has a place at this moment. */
function heldPlaces(places: readonly string[], candidates: readonly string[]): string[] {
  const relays = new Set(candidates.map(relayOf))
  return places.filter((place) => relays.has(relayOf(place)))
}

function listenedOf(candidates: readonly string[], places: readonly string[]): string[] {
  const replaced = new Set(places.map(relayOf))
  return candidates.filter((address) => {
    const relay = relayOf(address)
    return relay === undefined || !replaced.has(relay)
  })
}

/** Without a network the lookup of a name can take long; then there are no routes. */
async function routesOf(source: AddressSource, { discoveryUrl, windowMs, signal }: AdvertiseNeeds): Promise<string[]> {
  const host = URL.parse(discoveryUrl ?? '')?.hostname.replace(/^\[|\]$/g, '')
  if (host === undefined) return []
  const window = AbortSignal.timeout(windowMs)
  const found = await abortable(source.routesTo(host), signal ? AbortSignal.any([signal, window]) : window).catch(() => [])
  signal?.throwIfAborted()
  return found.map(plainIp)
}
