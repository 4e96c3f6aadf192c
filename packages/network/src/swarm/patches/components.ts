/**
 * What libp2p keeps to itself and we need: dialling one address, listening later, a clean end.
 *
 * A libp2p node has no way to dial one address and no other, nor to listen on another one once it runs; its transport manager has. The parts of a node are
 * given to its services only, so we come as a service. And its address manager plans to look at its addresses a second after the last listener has closed:
 * that timer would hold the process, so it is stopped.
 *
 * Seen in libp2p 3.3.11; canary: canaries.test.ts.
 */
import type { Connection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface NodeParts {
  readonly transportManager: {
    /** `onProgress` hears of `upgrader:encrypt-outbound-connection` when the other machine has taken the connection. */
    dial(address: Multiaddr, options: { signal: AbortSignal; onProgress?(event: { readonly type: string }): void }): Promise<Connection>
    /** The transport that would dial an address, if there is one. */
    dialTransportForMultiaddr(address: Multiaddr): unknown
    listen(addresses: Multiaddr[]): Promise<void>
    /** What the transports listen on. libp2p's own list leaves out public addresses until somebody has confirmed them. */
    getAddrs(): Multiaddr[]
  }
  /** A debounced function, private by its name. */
  readonly addressManager: { readonly _updatePeerStoreAddresses: { stop?(): void } }
}

/** A service that does nothing but hand over the parts of its node. */
export function partsService(give: (parts: NodeParts) => void) {
  return (components: unknown) => {
    const parts = components as NodeParts
    give(parts)
    return { start: () => {}, stop: () => {}, afterStop: () => parts.addressManager._updatePeerStoreAddresses.stop?.() }
  }
}
