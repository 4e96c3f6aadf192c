import type { Domain, DomainPeer } from '@auki/domain'
import { labelOf } from './peer-names.ts'

/** Labels of members, also of those that have left since they were asked for. */
export class PeerLabels {
  readonly #domain: Pick<Domain, 'peers'>
  readonly #known = new Map<string, DomainPeer>()

  constructor(domain: Pick<Domain, 'peers'>) {
    this.#domain = domain
    this.of('')
  }

  of(peerId: string): string {
    const { peers } = this.#domain
    for (const peer of peers) this.#known.set(peer.peerId, peer)
    return labelOf(this.#known.get(peerId) ?? { peerId }, peers)
  }
}
