/**
 * Reaching one peer at one of its addresses.
 *
 * A peer names every address it listens on, and some of them (another machine's Docker bridge, a VPN we are not in) swallow packets without an
 * answer. So addresses are tried side by side with a short lead for each before the next, and the first connection wins.
 */
import type { Connection } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { NodeParts } from '../swarm/swarm.ts'
import { toError } from './abort.ts'
import type { Timers } from './env.ts'

/** Head start of an address over the next one. */
const leadMs = 250
/** More addresses of one peer are not tried. */
const addressesMax = 16

/**
 * The addresses worth dialling, each ending in the peer's id, direct ones before relayed ones.
 *
 * What is no multiaddr or names another peer is left out.
 */
export function dialAddresses(peerId: string, multiaddrs: readonly string[]): Multiaddr[] {
  const usable = multiaddrs.slice(0, addressesMax).flatMap((text) => parseFor(peerId, text) ?? [])
  return usable.sort((a, b) => preference(a) - preference(b))
}

function parseFor(peerId: string, text: string): Multiaddr | undefined {
  try {
    const address = multiaddr(text)
    const last = address.getComponents().at(-1)
    if (last?.name !== 'p2p') return address.encapsulate(`/p2p/${peerId}`)
    return last.value === peerId ? address : undefined
  } catch {
    return undefined
  }
}

/** Loopback goes last but one: it answers at once, and mostly it is somebody else. A relay goes last. */
function preference(address: Multiaddr): number {
  const components = address.getComponents()
  if (components.some(({ name }) => name === 'p2p-circuit')) return 2
  const ip = components[0]
  return ip?.value?.startsWith('127.') || ip?.value === '::1' ? 1 : 0
}

/** Dials until one address answers. @throws the signal's reason, or an AggregateError with why each address failed. */
export async function dialFirst(
  parts: NodeParts,
  timers: Timers,
  addresses: readonly Multiaddr[],
  signal: AbortSignal
): Promise<Connection> {
  if (addresses.length === 0) throw new AggregateError([], 'the peer has no address that can be dialled')
  const cancels: (() => void)[] = []
  const lead = () => new Promise<void>((resolve) => cancels.push(timers.after(leadMs, resolve)))
  let turn = Promise.resolve()
  const attempts = addresses.map((address) => {
    const cut = new AbortController()
    const connected = turn.then(() => {
      const either = AbortSignal.any([signal, cut.signal])
      either.throwIfAborted()
      return parts.transportManager.dial(address, { signal: either })
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
    // Not the winner's own: Node destroys a socket whose connect signal aborts, however late.
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

function describe(addresses: readonly Multiaddr[], errors: readonly unknown[]): string {
  return `no address answered: ${addresses.map((address, i) => `${address} (${toError(errors[i]).message})`).join(', ')}`
}
