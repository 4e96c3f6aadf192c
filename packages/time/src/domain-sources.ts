/**
 * Which clock backs domain time.
 *
 * Only the present Manager is believed, and only about its own clock. Its source is kept after it is gone, and used until the next Manager advertises one.
 */
import { type DomainClockSource, domainClockRef } from './domain-clock.ts'
import { type ClockRef, sameClock } from './session-clock.ts'
import { domainSourcesMax } from './settings.ts'

/** The sources of one cluster's domain clock that a peer has heard of, its own among them. */
export class DomainClockSources {
  /** The cluster whose time it is. */
  readonly clusterName: string
  /** Id and hash of its domain clock. */
  readonly domainClock: ClockRef
  #advertised: DomainClockSource | undefined
  readonly #heard = new Map<string, DomainClockSource>() // in the order of hearing: the longest unheard first

  constructor(clusterName: string) {
    this.clusterName = clusterName
    this.domainClock = domainClockRef(clusterName)
  }

  /** What our own heartbeats carry now. */
  get advertised(): DomainClockSource | undefined {
    return this.#advertised
  }

  /** Back the domain clock ourselves, from now until {@link withdraw}. */
  advertise(source: DomainClockSource): void {
    this.#advertised = source
    this.#forgetBeyondLimit()
  }

  /** Stop advertising; our own source is kept, as the one heard last. */
  withdraw(): void {
    const withdrawn = this.#advertised
    this.#advertised = undefined
    if (withdrawn !== undefined) this.#store(withdrawn)
  }

  /**
   * Take in what a heartbeat carried.
   *
   * @returns whether it was believed: it is about this cluster's domain clock, and backed by its sender, who is the present Manager.
   */
  hear(source: DomainClockSource, from: { senderPeerId: string; managerPeerId: string | undefined }): boolean {
    const believed =
      source.clusterName === this.clusterName &&
      source.backingPeerId === from.senderPeerId &&
      from.senderPeerId === from.managerPeerId &&
      sameClock({ id: source.domainClockId, hash: source.domainClockHash }, this.domainClock)
    if (believed) this.#store(source)
    return believed
  }

  /** The most recently heard source of the Manager, else the most recently heard of all; what we advertise counts as heard right now. */
  choose(managerPeerId: string | undefined): DomainClockSource | undefined {
    const newestFirst = this.#newestFirst()
    return newestFirst.find((source) => source.backingPeerId === managerPeerId) ?? newestFirst[0]
  }

  /** Whether any of these peers backs a known source. If none does, domain time can't be continued. */
  isBackedByAny(peerIds: Iterable<string>): boolean {
    const backing = new Set(this.#newestFirst().map((source) => source.backingPeerId))
    return Iterator.from(peerIds).some((peerId) => backing.has(peerId))
  }

  #newestFirst(): DomainClockSource[] {
    const heard = [...this.#heard.values()].reverse()
    return this.#advertised === undefined ? heard : [this.#advertised, ...heard]
  }

  #store(source: DomainClockSource): void {
    this.#heard.delete(keyOf(source))
    this.#heard.set(keyOf(source), source)
    this.#forgetBeyondLimit()
  }

  #forgetBeyondLimit(): void {
    const room = this.#advertised === undefined ? domainSourcesMax : domainSourcesMax - 1
    while (this.#heard.size > room) this.#heard.delete(this.#heard.keys().next().value!)
  }
}

function keyOf(source: DomainClockSource): string {
  return JSON.stringify([source.backingPeerId, source.backingClockId])
}
