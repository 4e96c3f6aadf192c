import type { Json } from '@auki/canonical'
import { cutAddresses } from '../swarm/address-rank.ts'

/** What a peer says about itself when it creates or takes over a row. */
export interface DiscoveryClaim {
  readonly managerPeerId: string
  readonly managerMultiaddrs: readonly string[]
  /** Relays to name besides those that the addresses go through. */
  readonly relayMultiaddrs?: readonly string[]
  /** Tells two processes of one identity apart; left out when handing over. */
  readonly instance?: string
}

/** The body of a create or rotate: of each list no more than a service takes. */
export function claimBody(claim: DiscoveryClaim): Json {
  const relays = relaysOf(claim)
  return {
    manager_peer_id: claim.managerPeerId,
    manager_multiaddrs: cutAddresses(claim.managerMultiaddrs).told,
    ...(relays.length > 0 ? { relay_multiaddrs: relays } : {}),
    ...(claim.instance === undefined ? {} : { instance: claim.instance })
  }
}

/** The relays named, then those the addresses go through; without duplicates, as many as are told of. A circuit that doesn't say whose relay it uses adds none. */
export function relaysOf({ relayMultiaddrs = [], managerMultiaddrs }: DiscoveryClaim): string[] {
  const used = managerMultiaddrs.flatMap((address) => /^(.*\/p2p\/[^/]+)\/p2p-circuit(?:\/|$)/.exec(address)?.[1] ?? [])
  return cutAddresses([...relayMultiaddrs, ...used]).told
}
