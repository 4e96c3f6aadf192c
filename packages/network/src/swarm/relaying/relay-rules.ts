/**
 * For whom a relay has a place, and whom it connects with whom.
 *
 *   served    members of the cluster, ids it was told, and everybody where it is open: a place for as long as it is renewed, no limit but a rate
 *   guests    everybody else: a place for half a minute, and connections only with the Manager, of a few bytes: enough to be admitted
 *
 * A relay that knows no cluster can't tell members, and treats all as libp2p's relays do: two minutes and 128 KiB a connection.
 */
import { relayGuestBytesMax, relayGuestMs, relayKbitPerMember, relayMembersMax } from '../../protocols/limits.ts'
import { relayedLimit } from '../node-limits.ts'

/** What a relay offers. */
export interface RelayTerms {
  /** Places; default 64. */
  readonly members?: number
  /** kbit/s that each member may send; default 8,000. */
  readonly kbitPerMember?: number
  /** Peer ids that are served besides members. */
  readonly allow?: readonly string[]
  /** Serve everybody; default false. */
  readonly open?: boolean
}

/** What a relay knows of clusters. */
export interface Acquaintances {
  isMember(peerId: string): boolean
  /** Whether a row of Discovery names it. */
  isManager(peerId: string): boolean
}

/** What a connection may carry: without `limit` only the rate of its ends bounds it. */
export interface CircuitTerms {
  readonly limit?: { readonly bytes: number; readonly durationMs: number; readonly told: boolean }
}

export class RelayRules {
  readonly membersMax: number
  readonly bytesPerSecond: number
  readonly #allow: ReadonlySet<string>
  readonly #open: boolean
  #known: Acquaintances | undefined

  constructor(
    { members = relayMembersMax, kbitPerMember = relayKbitPerMember, allow = [], open = false }: RelayTerms,
    known?: Acquaintances
  ) {
    this.membersMax = members
    this.bytesPerSecond = kbitPerMember * 125
    this.#allow = new Set(allow)
    this.#open = open
    this.#known = known
  }

  follow(known: Acquaintances): void {
    this.#known = known
  }

  /** Whether the peer has a place for as long as it likes. */
  serves(peerId: string): boolean {
    return (
      this.#open || this.#allow.has(peerId) || this.#known === undefined || this.#known.isMember(peerId) || this.#known.isManager(peerId)
    )
  }

  /** Whether the peer is known, so that how many places its address has does not matter. */
  knows(peerId: string): boolean {
    return this.#allow.has(peerId) || this.#known?.isMember(peerId) === true || this.#known?.isManager(peerId) === true
  }

  /** On which terms two peers are connected; `undefined`: not at all. */
  between(source: string, destination: string): CircuitTerms | undefined {
    const ends = [source, destination]
    if (ends.every((end) => this.#isFree(end))) return {}
    if (this.#known === undefined) return { limit: { bytes: Number(relayedLimit.data), durationMs: relayedLimit.duration, told: true } }
    if (!ends.some((end) => this.#known?.isManager(end))) return undefined
    return { limit: { bytes: relayGuestBytesMax, durationMs: relayGuestMs, told: false } }
  }

  #isFree(peerId: string): boolean {
    return this.#open || this.#allow.has(peerId) || this.#known?.isMember(peerId) === true
  }
}
