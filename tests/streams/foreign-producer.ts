/** A producer of another make that answers every request with the bytes the test wants, and a consumer of ours that reads it. */

import type { PayloadKind } from '@auki/datatypes'
import type { OpenStreamOptions, StreamSubscription } from '@auki/network'
import { startPeer, type TestPeer, type TestPeerInit } from '../../packages/network/src/testing/peers.ts'
import { ForeignNode } from '../foreign/peer/foreign-node.ts'
import { readRequest } from '../foreign/peer/streaming.ts'
import type { ForeignSubstream } from '../foreign/peer/substream.ts'
import { Feed } from '../foreign/peer/waiting.ts'

export type Say = (substream: ForeignSubstream, node: ForeignNode) => void

export class ForeignProducer implements AsyncDisposable {
  readonly node: ForeignNode
  readonly consumer: TestPeer
  /** What was opened, once its request was read. */
  readonly opened = new Feed<ForeignSubstream>()
  #say: Say = () => {}

  private constructor(node: ForeignNode, consumer: TestPeer) {
    this.node = node
    this.consumer = consumer
  }

  static async start(init: TestPeerInit = {}): Promise<ForeignProducer> {
    const node = await ForeignNode.start(77)
    const consumer = await startPeer(init)
    const producer = new ForeignProducer(node, consumer)
    await node.serve('heartbeat', () => {})
    await node.serve('stream', (_, substream) => {
      const answering = substream.frame().then((payload) => {
        readRequest(payload)
        producer.#say(substream, node)
        producer.opened.push(substream)
      })
      answering.catch(() => substream.abort())
    })
    consumer.runtime.setAllowedPeers([{ peerId: node.peerId, multiaddrs: node.multiaddrs }])
    await consumer.runtime.waitConnected(node.peerId)
    return producer
  }

  /** Asks for a stream, which the producer answers so. */
  open(say: Say, options?: OpenStreamOptions): Promise<StreamSubscription<'bytes'>>
  open<K extends PayloadKind>(say: Say, options: OpenStreamOptions, kind: K): Promise<StreamSubscription<K>>
  open(say: Say, options: OpenStreamOptions = {}, kind: PayloadKind = 'bytes'): Promise<StreamSubscription> {
    this.#say = say
    return this.consumer.runtime.openStream(this.node.peerId, { resourceId: 'cam' }, kind, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.consumer.runtime.shutdown()
    await this.node[Symbol.asyncDispose]()
  }
}

/** Writes these pieces, one after the other, and leaves the substream open. */
export const saying =
  (...pieces: readonly Uint8Array[]): Say =>
  ({ stream }) => {
    for (const piece of pieces) stream.send(piece)
  }

/** The same, and closes behind it. */
export const closing =
  (...pieces: readonly Uint8Array[]): Say =>
  (substream, node) => {
    saying(...pieces)(substream, node)
    substream.close()
  }
