/** Who may become Manager, and who comes before whom. Peers by the reference's rules order by join time and id alone. */
import { type ClusterMember, memberOf } from './document.ts'
import type { Draft } from './draft.ts'

/** Behind a Manager that nobody can dial every newcomer would strand: a member without any address only looks on, like an observer. */
export const mayBeManager = ({ observer, multiaddrs }: Pick<ClusterMember, 'observer' | 'multiaddrs'>): boolean =>
  !observer && multiaddrs.length > 0

/** May we? The addresses count that the document has of us, if it lists us; whether we only look on we know best. */
export function mayReign(draft: Draft): boolean {
  const { self, document } = draft.state
  return !self.observer && (memberOf(document, draft.me) ?? self).multiaddrs.length > 0
}

/** Those whom most peers can't reach come last; then by join time, then by id. */
export function bySeniority(a: ClusterMember, b: ClusterMember): number {
  const last = Number(comesLast(a)) - Number(comesLast(b))
  if (last !== 0) return last
  if (a.joinTsNs !== b.joinTsNs) return a.joinTsNs < b.joinTsNs ? -1 : 1
  return a.peerId < b.peerId ? -1 : a.peerId > b.peerId ? 1 : 0
}

const comesLast = ({ indirect, multiaddrs }: ClusterMember): boolean => indirect === true || multiaddrs.every(isLoopback)

const loopback = /^\/(?:ip4\/127\.|ip6\/(?:::1|(?:0+:){7}0*1|::ffff:127\.[\d.]+)(?:\/|$)|dns(?:4|6|addr)?\/localhost(?:\/|$))/i

const isLoopback = (multiaddr: string): boolean => loopback.test(multiaddr)
