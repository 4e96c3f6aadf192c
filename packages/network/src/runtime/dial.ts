/**
 * Dialling one peer at one of its addresses.
 *
 * A peer announces every address it listens on, and some of them (a Docker bridge, a VPN that we are not in) drop packets without an answer. So addresses are
 * tried in parallel, each with a short head start over the next, and the first connection wins.
 *
 * Addresses come from other peers, which may be hostile: only kinds of address that we know are dialled, at a few hosts at a time.
 */

import { type Clock, reasonOf } from '@auki/canonical'
import type { Connection } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { addressesMax } from '../protocols/limits.ts'
import { dialLeadMs } from '../settings.ts'
import { addressParts } from '../swarm/address-parts.ts'

/** Which addresses are dialled at all. */
export interface DialRules {
  /** Whether one of our transports takes an address; the relay's, for one behind a relay. */
  readonly canDial: (address: Multiaddr) => boolean
  /** Whether loopback and private addresses are dialled. */
  readonly dialPrivate: boolean
}

/** An address worth dialling. */
export interface DialAddress {
  /** Ends in the peer's id. */
  readonly multiaddr: Multiaddr
  /** What is connected to: an IP or a name, of the relay where there is one. */
  readonly host: string
  /** To be connected to first. */
  readonly relay: Multiaddr | undefined
}

/**
 * The addresses of a peer that we can dial, each ending in its id: direct ones before loopback before relayed ones, and of these the first 16.
 *
 * Left out is what names another peer, what no transport of ours takes, whatever is neither an IP nor a name (sockets in the file system, memory,
 * components we don't know), and where nobody can be: unspecified, multicast, broadcast.
 */
export function dialAddresses(peerId: string, multiaddrs: readonly string[], rules: DialRules): DialAddress[] {
  const ranked = [...new Set(multiaddrs)].flatMap((text) => {
    const parts = addressParts(text)
    const preference = parts.kind === 'relay' ? 2 : parts.scope === 'loopback' ? 1 : 0
    return isWanted(parts.scope, rules) && (parts.peerId ?? peerId) === peerId ? [{ text, parts, preference }] : []
  })
  const chosen: DialAddress[] = []
  for (const { text, parts } of ranked.sort((a, b) => a.preference - b.preference)) {
    if (chosen.length === addressesMax) break // the best of those that can be dialled
    const address = parsed(parts.peerId === undefined ? `${text}/p2p/${peerId}` : text)
    const relay = parts.relay === undefined ? undefined : parsed(parts.relay)
    const first = parts.relay === undefined ? address : relay
    if (address !== undefined && first !== undefined && rules.canDial(first)) chosen.push({ multiaddr: address, host: parts.host, relay })
  }
  return chosen
}

function isWanted(scope: ReturnType<typeof addressParts>['scope'], { dialPrivate }: DialRules): boolean {
  if (scope === 'none') return false
  return dialPrivate || scope === 'global' || scope === 'name'
}

function parsed(text: string): Multiaddr | undefined {
  try {
    const address = multiaddr(text)
    // Text is read lazily: only the bytes prove that every component has a valid value.
    return address.bytes.length > 0 ? address : undefined
  } catch {
    return undefined
  }
}

/** What a dial tries, the best first, and the host at which the next dial goes on; `0`: all hosts have been tried. */
export interface DialTurn {
  readonly addresses: readonly DialAddress[]
  readonly nextHost: number
}

/** The addresses at the next `hostsMax` hosts, from the one at `fromHost` on. */
export function dialTurn(addresses: readonly DialAddress[], fromHost: number, hostsMax: number): DialTurn {
  const hosts = [...new Set(addresses.map(({ host }) => host))]
  const from = fromHost < hosts.length ? fromHost : 0
  const now = new Set(hosts.slice(from, from + hostsMax))
  const next = from + hostsMax
  return { addresses: addresses.filter(({ host }) => now.has(host)), nextHost: next < hosts.length ? next : 0 }
}

/** Dials until one address answers. @throws the signal's reason, or an AggregateError with why each address failed. */
export async function dialFirst(
  dial: (address: DialAddress, signal: AbortSignal) => Promise<Connection>,
  timers: Clock,
  addresses: readonly DialAddress[],
  signal: AbortSignal
): Promise<Connection> {
  if (addresses.length === 0) throw new AggregateError([], 'the peer has no address that can be dialled')
  const cancels: (() => void)[] = []
  const lead = () => new Promise<void>((resolve) => cancels.push(timers.after(dialLeadMs, resolve)))
  let turn = Promise.resolve()
  const attempts = addresses.map((address) => {
    const cut = new AbortController()
    const connected = turn.then(() => {
      const either = AbortSignal.any([signal, cut.signal])
      either.throwIfAborted()
      return dial(address, either)
    })
    const failed = connected.then(
      () => {},
      () => {}
    )
    // The next one starts when this one has failed or had its lead.
    turn = turn.then(() => Promise.race([failed, lead()]))
    return { connected, cut }
  })
  try {
    const won = await Promise.any(attempts.map(async (attempt) => ({ ...attempt, connection: await attempt.connected })))
    // Not that of the winner: Node destroys a socket whose connect signal aborts, even after it has connected.
    for (const { cut } of attempts) if (cut !== won.cut) cut.abort(new Error('another address answered first'))
    return won.connection
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const { errors } = error as AggregateError
    throw new AggregateError(errors, describe(addresses, errors))
  } finally {
    for (const cancel of cancels) cancel()
  }
}

function describe(addresses: readonly DialAddress[], errors: readonly unknown[]): string {
  return `no address answered: ${addresses.map(({ multiaddr }, i) => `${multiaddr} (${reasonOf(errors[i])})`).join(', ')}`
}
