import type { Json } from '@auki/canonical'
import { multiaddrFault } from '@auki/identity'
import { cutAddresses } from '../swarm/address-rank.ts'

/** What a peer says about itself when it creates or takes over a row. */
export interface DiscoveryClaim {
  /** Base58 peer id. */
  readonly managerPeerId: string
  /** Where the Manager can be dialled, best first; the first 16 of at most 256 characters are sent, and none that is no multiaddr. */
  readonly managerMultiaddrs: readonly string[]
  /** Relays to name besides those that the addresses go through, by the same rule. Default: none. */
  readonly relayMultiaddrs?: readonly string[]
  /** Text of at most 64 characters that tells two processes of one identity apart; left out when handing over. */
  readonly instance?: string
  /**
   * How long the row shall live after a stamp, ms, 3 000 to 60 000; the service may grant less, and the row in its answer tells. Left out: a new row lives as
   * long as the service gives it, one that stands keeps its life. A service that knows nothing of it ignores it.
   */
  readonly rowLifeMs?: number | undefined
}

/**
 * The body of a create or rotate. A service takes no more than so many addresses and none that is no multiaddr, or it refuses the whole claim; those that
 * other peers told of a successor may be such.
 */
export function claimBody(claim: DiscoveryClaim): Json {
  const relays = relaysOf(claim)
  return {
    manager_peer_id: claim.managerPeerId,
    manager_multiaddrs: cutAddresses(claim.managerMultiaddrs.filter(isMultiaddr)).told,
    ...(relays.length > 0 ? { relay_multiaddrs: relays } : {}),
    ...(claim.instance === undefined ? {} : { instance: claim.instance }),
    ...(claim.rowLifeMs === undefined ? {} : { row_life_ms: claim.rowLifeMs })
  }
}

/** The relays named, then those the addresses go through; without duplicates, as many as are told of. A circuit that doesn't say whose relay it uses adds none. */
export function relaysOf({ relayMultiaddrs = [], managerMultiaddrs }: DiscoveryClaim): string[] {
  const used = managerMultiaddrs.flatMap((address) => /^(.*\/p2p\/[^/]+)\/p2p-circuit(?:\/|$)/.exec(address)?.[1] ?? [])
  return cutAddresses([...relayMultiaddrs, ...used].filter(isMultiaddr)).told
}

const isMultiaddr = (text: string): boolean => multiaddrFault(text) === undefined
