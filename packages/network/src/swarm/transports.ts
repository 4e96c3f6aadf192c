import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { relayTransportInit } from './node-limits.ts'
import { lendUnref } from './patches/letting-go.ts'
import { ownPlacesOnly } from './patches/unasked-places.ts'

/** Node: TCP, WebSockets, and whatever a relay carries. */
export function transports() {
  lendUnref()
  return [tcp(), webSockets(), ownPlacesOnly(circuitRelayTransport(relayTransportInit))]
}

/** Others can connect to us, so they can be reached through us. */
export const canRelay = true

export { encrypter } from './patches/encrypter.ts'
