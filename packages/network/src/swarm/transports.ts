import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { lendUnref } from './letting-go.ts'
import { relayServerInit, relayTransportInit } from './node-limits.ts'

/** Node: TCP, WebSockets, and whatever a relay carries. */
export function transports() {
  lendUnref()
  return [tcp(), webSockets(), circuitRelayTransport(relayTransportInit)]
}

export const relayServer = () => circuitRelayServer(relayServerInit)

export { encrypter } from './encrypter.ts'
export * from './turns.ts'
