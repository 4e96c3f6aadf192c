/** How people see what a peer is in its cluster, and by which way it is reached. */
import type { DomainPeer, PeerContact } from '@auki/domain'
import { labelOf } from './peer-names.ts'

export const roleOf = ({ isManager, observer }: Pick<DomainPeer, 'isManager' | 'observer'>): 'Manager' | 'observer' | 'member' =>
  isManager ? 'Manager' : observer ? 'observer' : 'member'

/** The address, or through whom: `192.168.1.7:4001`, `via relay ·4aFg (203.0.113.9:4001)`. */
export function wayText({ multiaddr, relayed }: Pick<PeerContact, 'multiaddr' | 'relayed'>): string {
  if (!relayed) return addressText(multiaddr)
  const [, relay] = /\/p2p\/([^/]+)\/p2p-circuit/.exec(multiaddr) ?? []
  return `via relay${relay === undefined ? '' : ` ${labelOf({ peerId: relay })}`} (${addressText(multiaddr)})`
}

/** Of a multiaddr what tells people where: `[2001:db8::7]:4001`, `relay.example.org:443/wss`. */
export function addressText(multiaddr: string): string {
  const [, kind, host, port, more = ''] = /^\/(ip4|ip6|dns[46]?)\/([^/]+)\/(?:tcp|udp)\/(\d+)(\/[^p][^/]*)?/.exec(multiaddr) ?? []
  if (host === undefined) return multiaddr
  return `${kind === 'ip6' ? `[${host}]` : host}:${port}${more}`
}
