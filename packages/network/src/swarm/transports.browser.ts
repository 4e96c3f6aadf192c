import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { noise } from '@libp2p/noise'
import { webSockets } from '@libp2p/websockets'
import { relayTransportInit } from './node-limits.ts'
import { ownPlacesOnly } from './patches/unasked-places.ts'

/** Browsers: WebSockets, and whatever a relay carries. They have no sockets of their own. */
export const transports = () => [webSockets(), ownPlacesOnly(circuitRelayTransport(relayTransportInit))]

/** A browser takes no connections, so it can't be a relay. */
export const canRelay = false

/** Noise, in plain JavaScript. */
export const encrypter = () => noise()
