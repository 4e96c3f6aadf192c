/**
 * Whether a peer that hung up is gone: it ended our last connection, and every address refuses two dials, half a second apart. A peer without an address is
 * gone after three seconds without a connection.
 *
 * Here a peer counts as reached at every address that it had while it was connected.
 */
import type { PeerId } from './core.ts'
import type { SimNode } from './node.ts'

const againMs = 500
const unreachableMs = 3_000

export class GoneWatch {
  readonly #node: SimNode
  readonly #reached = new Map<PeerId, Set<string>>()
  /** Counts what came from each: a verdict is void when something did meanwhile. */
  readonly #came = new Map<PeerId, number>()

  constructor(node: SimNode) {
    this.#node = node
  }

  connected(peer: PeerId, addresses: readonly string[]): void {
    this.#came.set(peer, (this.#came.get(peer) ?? 0) + 1)
    const reached = this.#reached.get(peer) ?? new Set()
    for (const address of addresses) reached.add(address)
    this.#reached.set(peer, reached)
  }

  hungUp(peer: PeerId, addresses: readonly string[]): void {
    const reached = [...(this.#reached.get(peer) ?? [])]
    const came = this.#came.get(peer)
    const { loop } = this.#node.owner
    const isStill = (): boolean =>
      this.#came.get(peer) === came &&
      this.#node.connectionTo(peer) === undefined &&
      this.#node.addressesOf(peer)?.join() === addresses.join()
    const verdict = (): void => {
      if (isStill()) this.#node.owner.post({ type: 'process-gone', peer })
    }
    if (addresses.length === 0 && reached.length === 0) return void loop.after(unreachableMs, verdict)
    if (reached.length === 0) return
    const refused = (then: () => void): void => {
      const { network } = this.#node
      const { refuses, tookMs } = network.probe(this.#node, peer, reached)
      if (refuses) loop.after(tookMs, () => isStill() && then())
    }
    refused(() => loop.after(againMs, () => isStill() && refused(verdict)))
  }
}
