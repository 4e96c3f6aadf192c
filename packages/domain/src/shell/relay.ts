/** What the app's configuration means for relays, and the place at one that is taken before Discovery is asked. */

import { reasonOf } from '@auki/canonical'
import { addressParts, type DiscoveryClient, type PeerRuntime, type RelayUse } from '@auki/network'
import { limits } from '@auki/network/protocols'
import type { BootstrapInit, ManagerRelayReservation, RelayConfig } from '../config.ts'
import { BootstrapError } from '../errors.ts'
import { anyRelayPlaceMs, relayTimeoutMs } from './shell-settings.ts'

/** @throws BootstrapError 'runtime' for values that make no sense. */
export function relayUseOf({ relay = {}, localMultiaddrs = [], observer = false }: BootstrapInit): RelayUse {
  // Who only looks on has nothing that others would come for.
  const { use = observer || localMultiaddrs.length > 0 ? 'off' : 'auto', serve } = relay
  if (use !== 'auto' && use !== 'off') checkRelay(use)
  checkNumbers(relay)
  const terms = typeof serve === 'object' ? { ...serve, always: true } : serve === true ? { always: true } : serve
  // The network's default is what the swarm was made with; a presence relays as long as it can be dialled.
  return { auto: use === 'auto', serve: terms ?? {} }
}

function checkRelay(use: string): void {
  const { kind } = addressParts(use)
  if (kind !== 'other' && kind !== 'relay') return
  const message = `relay.use is "${use}": give "auto", "off", or the multiaddr of a relay, as /ip4/203.0.113.9/tcp/4001/p2p/<its peer id>`
  throw new BootstrapError('runtime', message, { reason: 'relay-use', use })
}

function checkNumbers({ serve, timeoutMs: waitMs = relayTimeoutMs }: RelayConfig): void {
  const { members = 1, kbitPerMember = 1 } = typeof serve === 'object' ? serve : {}
  const isIn = (value: number, max: number) => Number.isFinite(value) && value >= 1 && value <= max
  if (isIn(members, limits.membersMax) && Number.isInteger(members) && isIn(kbitPerMember, 10_000_000) && isIn(waitMs, 600_000)) return
  const message = `relay: members must be a whole number from 1 to ${limits.membersMax}, kbitPerMember from 1 to 10,000,000, timeoutMs from 1 to 600,000`
  throw new BootstrapError('runtime', message, { reason: 'relay-numbers', members, kbitPerMember, timeoutMs: waitMs })
}

/** The place to take before Discovery is asked, if one is named. @throws BootstrapError 'relay-reservation'; `signal.reason`. */
export function firstPlace(
  runtime: Pick<PeerRuntime, 'localPeerId' | 'reserveRelayCircuitAddr'>,
  { relay: { use = 'auto', timeoutMs: waitMs = relayTimeoutMs } = {}, relayReservation }: BootstrapInit,
  signal: AbortSignal | undefined
): Promise<RelayPlace | undefined> {
  if (relayReservation !== undefined) return reserveAtRelay(runtime, relayReservation, signal)
  return use === 'auto' || use === 'off' ? Promise.resolve(undefined) : placeAt(runtime, use, { timeoutMs: waitMs, signal })
}

interface PlaceOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** A place at the first of these that has one. @throws `signal.reason` */
export async function anyPlace(
  runtime: Pick<PeerRuntime, 'localPeerId' | 'reserveRelayCircuitAddr'>,
  relays: readonly string[],
  signal: AbortSignal | undefined
): Promise<RelayPlace | undefined> {
  const window = AbortSignal.timeout(anyRelayPlaceMs)
  const either = signal === undefined ? window : AbortSignal.any([window, signal])
  for (const relay of relays) {
    const place = await placeAt(runtime, relay, { timeoutMs: anyRelayPlaceMs, signal: either }).catch(() => {
      signal?.throwIfAborted()
      return undefined
    })
    if (place !== undefined || either.aborted) return place
  }
  return undefined
}

/** Relays that a cluster's row tells of: those it names, those its Manager is reached through, and the Manager. @throws `signal.reason` */
export async function relaysOfRow(
  discovery: Pick<DiscoveryClient, 'get'>,
  name: string,
  signal: AbortSignal | undefined
): Promise<string[]> {
  const window = AbortSignal.timeout(anyRelayPlaceMs)
  const found = await discovery
    .get(name, { signal: signal === undefined ? window : AbortSignal.any([window, signal]) })
    .catch(() => signal?.throwIfAborted())
  if (found?.kind !== 'row') return []
  const { relayMultiaddrs, managerMultiaddrs, managerPeerId } = found.row
  const through = managerMultiaddrs.flatMap((address) => addressParts(address).relay ?? [])
  const direct = managerMultiaddrs.filter((address) => ['tcp', 'ws', 'wss'].includes(addressParts(address).kind))
  return [...new Set([...relayMultiaddrs, ...through, ...direct.map((address) => suffixed(address, managerPeerId))])]
}

const suffixed = (address: string, peerId: string): string =>
  addressParts(address).peerId === undefined ? `${address}/p2p/${peerId}` : address

async function placeAt(runtime: Pick<PeerRuntime, 'reserveRelayCircuitAddr'>, relay: string, options: PlaceOptions): Promise<RelayPlace> {
  try {
    const circuitMultiaddr = await runtime.reserveRelayCircuitAddr(relay, options)
    return { circuitMultiaddr, relayMultiaddr: circuitMultiaddr.slice(0, circuitMultiaddr.indexOf('/p2p-circuit')) }
  } catch (cause) {
    options.signal?.throwIfAborted()
    throw new BootstrapError('relay-reservation', reasonOf(cause), { relay, timeoutMs: options.timeoutMs }, { cause })
  }
}

export interface RelayPlace {
  /** Where we can be reached through the relay. */
  readonly circuitMultiaddr: string
  /** Where the relay itself can be reached. */
  readonly relayMultiaddr: string
}

/** @throws BootstrapError 'relay-reservation'; `signal.reason`. */
export async function reserveAtRelay(
  runtime: Pick<PeerRuntime, 'localPeerId' | 'reserveRelayCircuitAddr'>,
  { relayDialMultiaddr, relayAdvertiseMultiaddr, timeoutMs }: ManagerRelayReservation,
  signal: AbortSignal | undefined
): Promise<RelayPlace> {
  const dialled = relayIdOf(relayDialMultiaddr)
  const advertised = relayIdOf(relayAdvertiseMultiaddr)
  if (dialled === undefined || dialled !== advertised) {
    const message = `the relay to dial, ${relayDialMultiaddr}, and the one to advertise, ${relayAdvertiseMultiaddr}, must name the same relay: end both in /p2p/<its peer id>`
    throw new BootstrapError('relay-reservation', message, { relayDialMultiaddr, relayAdvertiseMultiaddr })
  }
  try {
    await runtime.reserveRelayCircuitAddr(relayDialMultiaddr, { timeoutMs, signal })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new BootstrapError('relay-reservation', reasonOf(cause), { relayDialMultiaddr, timeoutMs }, { cause })
  }
  return {
    circuitMultiaddr: `${relayAdvertiseMultiaddr}/p2p-circuit/p2p/${runtime.localPeerId}`,
    relayMultiaddr: relayAdvertiseMultiaddr
  }
}

/** The peer id that the address of a relay ends in. */
function relayIdOf(multiaddr: string): string | undefined {
  return /\/p2p\/([^/]+)$/.exec(multiaddr)?.[1]
}
