/**
 * How much a relay of ours carries: members have no limit, everybody else has libp2p's.
 *
 * libp2p gives each reservation its limits when it is made: two minutes and 128 KiB per connection. But peers make reservations before they are members, and
 * members leave. So the `limit` of a reservation, which libp2p reads whenever it carries a connection, is set anew just before.
 *
 * Seen in @libp2p/circuit-relay-v2 4.2.13; canary: canaries.test.ts, and by what is carried: runtime/relay.test.ts.
 */
import type { RelayReservation } from '@libp2p/circuit-relay-v2'
import type { PeerId } from '@libp2p/interface'
import { relayedLimit } from '../node-limits.ts'

export class Relayed {
  /** The reservations; undefined where we are no relay, and before the node has started. */
  #places: { get(peerId: PeerId): RelayReservation | undefined; has(peerId: PeerId): boolean } | undefined
  #isMember: (peerId: string) => boolean = () => false

  serve(places: { get(peerId: PeerId): RelayReservation | undefined; has(peerId: PeerId): boolean }): void {
    this.#places = places
  }

  /** How to tell a member, to whom connections are carried without limit; until this is called nobody is one. */
  follow(isMember: (peerId: string) => boolean): void {
    this.#isMember = isMember
  }

  /** Whether the peer may be reached through us. */
  has(peerId: PeerId): boolean {
    return this.#places?.has(peerId) ?? false
  }

  /** To be called before each connection is carried: its limit depends on who is reached by it. */
  judge(destination: PeerId): void {
    const place = this.#places?.get(destination)
    if (place === undefined) return
    if (this.#isMember(destination.toString())) delete place.limit
    else place.limit = relayedLimit
  }
}
