/** The addresses that we announce to others, as they are at the moment of the call; `address-watch.ts` tells how they go on. */
import { abortable } from '@auki/canonical'
import type { CallOptions } from '../protocols/call-options.ts'
import { type AdvertiseNeeds, advertise, hostSource, isRoutable, warnOfUntold } from './advertised.ts'
import type { RuntimeLog } from './log.ts'
import { addressWindowMs } from './node-limits.ts'
import { nodeOf, type Swarm } from './swarm.ts'

export interface DetectionOptions extends CallOptions {
  /** How long to wait for the first address, ms; those known already are returned at once. Default: 1,000. */
  readonly windowMs?: number
}

export interface AdvertiseOptions extends DetectionOptions {
  /** URL of the Discovery service: the address from which it is reached comes first. */
  readonly discoveryUrl?: string
  /** Our addresses at relays where we have a place; they replace what the node itself says of these relays. */
  readonly places?: readonly string[]
  /** Peers on this machine are those that are meant: no warning where no others can reach us. Default: false. */
  readonly loopbackIsMeant?: boolean
  readonly log?: RuntimeLog
}

/** The routable addresses the swarm listens on, without duplicates; empty when there is none within the window, or it listens on nothing. */
export async function collectRoutableListenAddrs(swarm: Swarm, options: DetectionOptions = {}): Promise<string[]> {
  await someAddress(swarm, options)
  return nodeOf(swarm).candidates().filter(isRoutable)
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
  if (override.length === 0) await someAddress(swarm, options)
  const advertised = await advertise(hostSource(nodeOf(swarm)), needsOf(override, options))
  warnOfUntold(advertised, options)
  return [...advertised.told]
}

export function needsOf(
  override: readonly string[],
  { discoveryUrl, places = [], windowMs = addressWindowMs, signal }: AdvertiseOptions
): AdvertiseNeeds {
  return { override, discoveryUrl, places, windowMs, signal }
}

/** Resolves at once where something is listened on, else as soon as it is, else at the end of the window. */
export async function someAddress(swarm: Swarm, { windowMs = addressWindowMs, signal }: DetectionOptions): Promise<void> {
  signal?.throwIfAborted()
  const { libp2p, listens, candidates } = nodeOf(swarm)
  if (!listens || candidates().length > 0) return
  const window = AbortSignal.timeout(windowMs)
  const either = signal ? AbortSignal.any([signal, window]) : window
  const announced = Promise.withResolvers<void>()
  const look = () => candidates().length > 0 && announced.resolve()
  libp2p.addEventListener('transport:listening', look)
  await abortable(announced.promise, either).catch(() => signal?.throwIfAborted())
  libp2p.removeEventListener('transport:listening', look)
}
