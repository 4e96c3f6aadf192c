import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { relayServerInit, relayTransportInit } from './node-limits.ts'
import { lendUnref } from './patches/letting-go.ts'

/** Node: TCP, WebSockets, and whatever a relay carries. */
export function transports() {
  lendUnref()
  return [tcp(), webSockets(), circuitRelayTransport(relayTransportInit)]
}

export const relayServer = () => circuitRelayServer(relayServerInit)

export { encrypter } from './patches/encrypter.ts'
