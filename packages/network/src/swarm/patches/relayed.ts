/**
 * How much may flow through us to those that have a place here?
 *
 * libp2p gives each place its small limits once and for all: two minutes and 128 KiB per connection. Peers take places before they are members, and
 * members go; so the place is looked at again for each connection.
 */
import type { RelayReservation } from '@libp2p/circuit-relay-v2'
import type { PeerId } from '@libp2p/interface'
import { relayedLimit } from '../node-limits.ts'

export class Relayed {
  /** Undefined where we are no relay, and before the node has started. */
  #places: { get(peerId: PeerId): RelayReservation | undefined; has(peerId: PeerId): boolean } | undefined
  #isMember: (peerId: string) => boolean = () => false

  serve(places: { get(peerId: PeerId): RelayReservation | undefined; has(peerId: PeerId): boolean }): void {
    this.#places = places
  }

  /** Whom connections may be carried to without limit; nobody, until somebody says. */
  follow(isMember: (peerId: string) => boolean): void {
    this.#isMember = isMember
  }

  /** Whether the peer may be reached through us. */
  has(peerId: PeerId): boolean {
    return this.#places?.has(peerId) ?? false
  }

  /** To be called before each connection is carried: whose place it is decides how much of it. */
  judge(destination: PeerId): void {
    const place = this.#places?.get(destination)
    if (place === undefined) return
    if (this.#isMember(destination.toString())) delete place.limit
    else place.limit = relayedLimit
  }
}
