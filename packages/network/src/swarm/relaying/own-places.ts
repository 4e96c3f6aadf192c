/** Our places at relays: the addresses at which others reach us there. Whoever tells our addresses to others hears when they change. */

export class OwnPlaces {
  readonly #byRelay = new Map<string, readonly string[]>()
  readonly #listeners = new Set<() => void>()

  /** Whether we have a place at that peer. */
  has(relayId: string): boolean {
    return this.#byRelay.has(relayId)
  }

  /** Each ends in our peer id. */
  addresses(): string[] {
    return [...this.#byRelay.values()].flat()
  }

  set(relayId: string, addresses: readonly string[]): void {
    if (String(this.#byRelay.get(relayId)) === String(addresses)) return
    this.#byRelay.set(relayId, addresses)
    this.#tell()
  }

  delete(relayId: string): void {
    if (this.#byRelay.delete(relayId)) this.#tell()
  }

  /** Calls `run` after each change; the returned function stops that. */
  onChange(run: () => void): () => void {
    this.#listeners.add(run)
    return () => this.#listeners.delete(run)
  }

  #tell(): void {
    for (const run of this.#listeners) run()
  }
}
