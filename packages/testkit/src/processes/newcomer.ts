/** A peer as programs of tests and benches make one: of an identity of its own, about to join. */
import { ClusterTarget, Domain, type DomainConfig, Peer, PeerIdentity, type Session, Wallet } from '@auki/domain'

export interface Place {
  readonly cluster: string
  readonly discoveryUrl: string
}

export interface Newcomer {
  readonly identity: PeerIdentity
  readonly peer: Peer
  readonly session: Session
  /** Joins the cluster, or creates it; `changes`: what differs from that. */
  join(place: Place, changes?: Partial<DomainConfig>): Promise<Domain>
}

/** `name`: of the app and of the peer. `identity`: default, a new one. */
export async function newcomer(name: string, identity: PeerIdentity = PeerIdentity.fromWallet(Wallet.generate())): Promise<Newcomer> {
  const peer = new Peer({ peerId: identity.peerId, appId: name })
  const session = await peer.startSession()
  const join = ({ cluster, discoveryUrl }: Place, changes: Partial<DomainConfig> = {}): Promise<Domain> => {
    const target = ClusterTarget.joinOrCreate(cluster)
    return Domain.join(peer, session, { target, localIdentity: identity, discoveryUrl, daemonInfo: { name }, ...changes })
  }
  return { identity, peer, session, join }
}
