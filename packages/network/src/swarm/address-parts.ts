/**
 * The parts of a multiaddr that matter for reaching a peer: its kind, its host, and the relay that it goes through.
 *
 * Read by a regular expression instead of a parser, so that a thousand addresses of a stranger cost little. Whatever does not look like one of the kinds we
 * know is `other`: Unix sockets, memory, unknown components.
 */
import { multiaddrCharsMax } from '../settings.ts'
import { type IpScope, ipScope, plainIp } from './ip-scope.ts'

/** How an address is reached; `relay`: through another peer; `quic`: known, though no transport of ours speaks it. */
export type AddressKind = 'tcp' | 'ws' | 'wss' | 'quic' | 'relay' | 'other'

export interface AddressParts {
  readonly kind: AddressKind
  /** The IP or DNS name that is connected to, for `relay` the relay's; one spelling each. Empty: unknown. */
  readonly host: string
  /** How far the host reaches; `name`: only its DNS server knows. */
  readonly scope: IpScope | 'name'
  /** The part that is dialled first, ending in the relay's peer id; `relay` only. */
  readonly relay?: string
  /** The peer id it ends in. */
  readonly peerId?: string
}

const direct =
  /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/(?:tcp\/\d{1,5}(\/ws|\/wss|\/tls(?:\/sni\/[^/]+)?\/ws)?|(udp)\/\d{1,5}\/quic-v1)(?:\/p2p\/([^/]+))?$/
const other: AddressParts = { kind: 'other', host: '', scope: 'none' }

export function addressParts(address: string): AddressParts {
  if (address.length > multiaddrCharsMax) return other
  const [relay, target, more] = address.split('/p2p-circuit')
  if (target === undefined) return directParts(address)
  const { kind, host, scope, peerId: relayId } = directParts(relay!)
  const [, peerId] = /^\/p2p\/([^/]+)$/.exec(target) ?? []
  if (more !== undefined || kind === 'other' || relayId === undefined || (target !== '' && peerId === undefined)) return other
  return { kind: 'relay', host, scope, relay: relay!, ...(peerId === undefined ? {} : { peerId }) }
}

function directParts(address: string): AddressParts {
  const [, family, host, web, udp, peerId] = direct.exec(address) ?? []
  if (family === undefined || host === undefined) return other
  const isIp = family === 'ip4' || family === 'ip6'
  const scope = isIp ? ipScope(host) : 'name'
  if (isIp && host.includes(':') !== (family === 'ip6')) return other
  const kind = udp !== undefined ? 'quic' : web === undefined ? 'tcp' : web === '/ws' ? 'ws' : 'wss'
  return { kind, host: isIp ? plainIp(host) : host.toLowerCase(), scope, ...(peerId === undefined ? {} : { peerId }) }
}
