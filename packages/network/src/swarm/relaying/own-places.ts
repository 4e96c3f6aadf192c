/** Our places at relays: the addresses at which others reach us there. They are among the candidates for what others are told. */

export class OwnPlaces {
  readonly #byRelay = new Map<string, readonly string[]>()

  /** Whether we have a place at that peer. */
  has(relayId: string): boolean {
    return this.#byRelay.has(relayId)
  }

  /** Each ends in our peer id. */
  addresses(): string[] {
    return [...this.#byRelay.values()].flat()
  }

  set(relayId: string, addresses: readonly string[]): void {
    this.#byRelay.set(relayId, addresses)
  }

  delete(relayId: string): void {
    this.#byRelay.delete(relayId)
  }
}
