/** The members as an app meets them: by name or id, with what each of them is. */

import { isPeerId } from '@auki/identity'
import { cleanName } from '@auki/network'
import type { ClusterMember, RoleName } from './core/index.ts'
import { DomainError } from './errors.ts'
import type { ClusterEvent } from './shell/cluster-event.ts'
import { peersShownMax } from './shell/shell-settings.ts'

/** A member of the cluster, as it was when it was asked for. */
export interface DomainPeer {
  /** base58 */
  readonly peerId: string
  /** What it calls itself (`daemonInfo.name`), at most 128 characters: nothing proves it, and several may have the same. Missing: it has none. */
  readonly name?: string
  /** Whether this is us. */
  readonly isSelf: boolean
  /** Whether we take it for the Manager: its id is `managerPeerId`. */
  readonly isManager: boolean
  /** It joined to look and never becomes Manager. */
  readonly observer: boolean
  /** Missing: the Manager hears it, as far as is known; `true`: only other members do. */
  readonly indirect?: boolean
}

/** Says which member is meant: by a {@link DomainPeer} or anything else with a `peerId`, by peer id, or by a name that exactly one member has. */
export type PeerReference = string | { readonly peerId: string }

/** How things stand: what `Domain.events` begins with. */
export interface DomainSnapshot {
  readonly type: 'snapshot'
  /** The members, ourselves included. */
  readonly peers: readonly DomainPeer[]
  /** `undefined`: nobody is known to be Manager. */
  readonly managerPeerId: string | undefined
  readonly role: RoleName
}

/** What `Domain.events` gives: first a snapshot, then every change. */
export type DomainEvent = DomainSnapshot | ClusterEvent

export function peersOf(members: readonly ClusterMember[], localPeerId: string, managerPeerId: string | undefined): DomainPeer[] {
  return members.map(({ peerId, name, observer, indirect }) => ({
    peerId,
    ...(name !== undefined && { name }),
    isSelf: peerId === localPeerId,
    isManager: peerId === managerPeerId,
    observer,
    ...(indirect === true && { indirect })
  }))
}

/** The member with this id, else the only one with this name. @throws DomainError 'no-such-peer' | 'ambiguous-name' */
export function findPeer(peers: readonly DomainPeer[], nameOrId: string): DomainPeer {
  const name = cleanName(nameOrId)
  const byId = peers.find(({ peerId }) => peerId === nameOrId)
  const meant = byId === undefined ? peers.filter((peer) => peer.name !== undefined && peer.name === name) : [byId]
  const [found, ...others] = meant
  if (found !== undefined && others.length === 0) return found
  const [code, message, among] =
    found === undefined
      ? (['no-such-peer', `no member has the id or the name "${nameOrId}"; the members are ${shown(peers)}`, peers] as const)
      : ([
          'ambiguous-name',
          `${meant.length} members are named "${nameOrId}": ${shown(meant)}; say which one by its peer id`,
          meant
        ] as const)
  throw new DomainError(code, message, { peer: nameOrId, candidates: among.map(({ peerId }) => peerId) })
}

/** Whose id is meant. A peer id need not be a member's: whoever is asked for something says so. @throws as {@link findPeer} */
export function peerIdOf(peers: readonly DomainPeer[], peer: PeerReference): string {
  if (typeof peer !== 'string') return peer.peerId
  return isPeerId(peer) ? peer : findPeer(peers, peer).peerId
}

function shown(peers: readonly DomainPeer[]): string {
  const some = peers.slice(0, peersShownMax).map(({ peerId, name }) => (name === undefined ? peerId : `${peerId} (${name})`))
  return some.concat(peers.length > peersShownMax ? [`${peers.length - peersShownMax} more`] : []).join(', ')
}
