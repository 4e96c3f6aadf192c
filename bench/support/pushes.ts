/** Counts the membership documents that a node really sends, by looking over libp2p's shoulder: the SDK keeps no such count. */
import type { Swarm } from '@auki/domain'
import { membership } from '@auki/network/protocols'
import { nodeOf } from '../../packages/network/src/swarm/swarm.ts'

export interface Pushes {
  /** One for each member it was sent to. */
  readonly documents: number
  /** Of those documents, with their frames, before encryption. */
  readonly bytes: number
}

/** Adds to `counts` from now on. */
export function countPushes(swarm: Swarm, counts: { documents: number; bytes: number }): void {
  nodeOf(swarm).libp2p.addEventListener('connection:open', ({ detail: connection }) => {
    const newStream = connection.newStream.bind(connection)
    connection.newStream = async (protocols, options) => {
      const stream = await newStream(protocols, options)
      if (stream.protocol !== membership.PROTOCOL_ID) return stream
      counts.documents += 1
      const send = stream.send.bind(stream)
      stream.send = (data) => {
        counts.bytes += data.byteLength
        return send(data)
      }
      return stream
    }
  })
}
