/**
 * Which of our addresses others can use.
 *
 * A node bound to 0.0.0.0 listens on every interface, loopback first; advertising the first address would advertise nothing. So all of them are
 * collected and judged, and only where none is of use to another machine do peers on this one get the loopback ones.
 */
import { multiaddr } from '@multiformats/multiaddr'
import { canonicalMultiaddr } from '../protocols/addresses.ts'
import { raceAbort } from '../runtime/abort.ts'
import type { RuntimeLog } from '../runtime/env.ts'
import { nodeOf, type Swarm } from './swarm.ts'

/** How long to wait for a transport that names its addresses late, if the caller does not say (500–2,000 ms make sense). */
const defaultWindowMs = 1_000

export interface DetectionOptions {
  /** Upper bound of the wait, in ms; addresses known already are returned at once. */
  readonly windowMs?: number
  readonly signal?: AbortSignal
}

/**
 * Whether another machine may reach a multiaddr, judged by its first IP component.
 *
 * Loopback, unspecified, link-local and broadcast: no. Private ranges, and addresses without an IP (DNS names, relays): yes. No multiaddr: no.
 */
export function isRoutable(address: string): boolean {
  try {
    const ip = multiaddr(canonicalMultiaddr(address))
      .getComponents()
      .find(({ name }) => name === 'ip4' || name === 'ip6')
    if (ip?.value === undefined) return true
    return ip.name === 'ip4' ? isRoutable4(ip.value) : isRoutable6(ip.value)
  } catch {
    return false
  }
}

function isRoutable4(ip: string): boolean {
  return !(ip.startsWith('127.') || ip.startsWith('169.254.') || ip === '0.0.0.0' || ip === '255.255.255.255')
}

function isRoutable6(ip: string): boolean {
  return !(ip === '::1' || ip === '::' || /^fe[89ab][0-9a-f]:/.test(ip))
}

/** The routable addresses the swarm listens on, without duplicates; empty when there is none within the window, or it listens on nothing. */
export async function collectRoutableListenAddrs(swarm: Swarm, options: DetectionOptions = {}): Promise<string[]> {
  return (await listenAddresses(swarm, options)).filter(isRoutable)
}

/**
 * What to tell others: a non-empty `override` as it is, else the routable listen addresses, else, with a warning, the loopback ones, so that peers
 * on one machine still meet.
 */
export async function resolveAdvertiseMultiaddrs(
  swarm: Swarm,
  override: readonly string[] = [],
  options: DetectionOptions & { readonly log?: RuntimeLog } = {}
): Promise<string[]> {
  if (override.length > 0) return [...override]
  const found = await listenAddresses(swarm, options)
  const routable = found.filter(isRoutable)
  if (routable.length > 0 || found.length === 0) return routable
  options.log?.('warn', 'no address of ours can be reached from another machine: only peers on this one will find us', { found })
  return found.filter((address) => /^\/ip4\/127\.|^\/ip6\/::1\//.test(address))
}

/** What is listened on: at once where it is known, else as soon as the first address is. */
async function listenAddresses(swarm: Swarm, { windowMs = defaultWindowMs, signal }: DetectionOptions): Promise<string[]> {
  signal?.throwIfAborted()
  const { libp2p, listens } = nodeOf(swarm)
  if (listens && swarm.listenAddresses().length === 0) {
    const window = AbortSignal.timeout(windowMs)
    const either = signal ? AbortSignal.any([signal, window]) : window
    const announced = Promise.withResolvers<void>()
    const look = () => swarm.listenAddresses().length > 0 && announced.resolve()
    libp2p.addEventListener('transport:listening', look)
    await raceAbort(announced.promise, either).catch(() => signal?.throwIfAborted())
    libp2p.removeEventListener('transport:listening', look)
  }
  return [...new Set(swarm.listenAddresses())]
}
