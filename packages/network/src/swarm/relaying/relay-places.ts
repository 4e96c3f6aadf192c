/** The places that a relay has given: who can be reached through it, and until when. */
import type { PeerId } from '@libp2p/interface'
import { relayGuestMs, relayPlaceMs, relayPlacesPerAddressMax } from '../../protocols/limits.ts'
import type { RelayRules } from './relay-rules.ts'

interface Place {
  readonly peerId: PeerId
  /** The IP address that it came from. */
  readonly host: string
  takenAt: number
  served: boolean
}

export class Places {
  readonly #places = new Map<string, Place>()

  has(peerId: string): boolean {
    return this.#places.has(peerId)
  }

  get size(): number {
    return this.#places.size
  }

  /** A new place, or a renewed one: for how long, ms; `undefined`: there is none. */
  take(peerId: PeerId, host: string, rules: RelayRules, nowMs: number): number | undefined {
    this.review(rules, nowMs)
    const id = peerId.toString()
    const served = rules.serves(id)
    if (!this.#places.has(id) && !this.#hasRoom(id, host, rules, served)) return undefined
    this.#places.delete(id)
    this.#places.set(id, { peerId, host, takenAt: nowMs, served })
    return served ? relayPlaceMs : relayGuestMs
  }

  /** The peer with this multihash, if it has a place. */
  find(multihash: Uint8Array): PeerId | undefined {
    const equal = (own: Uint8Array) => own.length === multihash.length && own.every((byte, at) => byte === multihash[at])
    return this.#places.values().find(({ peerId }) => equal(peerId.toMultihash().bytes))?.peerId
  }

  /** Ends what is over. Who was served and is not any more has the time of a guest from now on. */
  review(rules: RelayRules, nowMs: number): void {
    for (const [id, place] of this.#places) {
      const served = rules.serves(id)
      if (place.served && !served) place.takenAt = nowMs
      place.served = served
      if (nowMs - place.takenAt >= (served ? relayPlaceMs : relayGuestMs)) this.#places.delete(id)
    }
  }

  leave(peerId: string): void {
    this.#places.delete(peerId)
  }

  clear(): void {
    this.#places.clear()
  }

  /** Guests share their address's places, and the oldest of them makes room for somebody who is served. */
  #hasRoom(id: string, host: string, rules: RelayRules, served: boolean): boolean {
    const unknown = [...this.#places].filter(([other, place]) => place.host === host && !rules.knows(other))
    if (!rules.knows(id) && unknown.length >= relayPlacesPerAddressMax) return false
    if (this.#places.size < rules.membersMax) return true
    const [guest] = served ? ([...this.#places].find(([, place]) => !place.served) ?? []) : []
    return guest !== undefined && this.#places.delete(guest)
  }
}
