/** Counts the connections that nodes make, by looking over libp2p's shoulder: the SDK keeps no such count. */
import type { Swarm } from '@auki/domain'
import { nodeOf } from '../../packages/network/src/swarm/swarm.ts'

/** Adds to `handshakes.count` from now on. Those that end before they stand are not seen. */
export function countHandshakes(swarm: Swarm, handshakes: { count: number }): void {
  nodeOf(swarm).libp2p.addEventListener('connection:open', ({ detail: { direction } }) => {
    if (direction === 'outbound') handshakes.count++
  })
}
