/** A plain js-libp2p node on loopback: connections and substreams, and no opinion about what goes over them. */
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, Libp2p } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { type YamuxMuxerInit, yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { ForeignSubstream, type ProtocolName, protocols } from './substream.ts'
import { frame } from './wire.ts'

export class ForeignNode implements AsyncDisposable {
  readonly libp2p: Libp2p
  readonly peerId: string

  private constructor(libp2p: Libp2p) {
    this.libp2p = libp2p
    this.peerId = libp2p.peerId.toString()
  }

  /** The key is the byte `seed`, 32 times. */
  static async start(seed: number, muxer?: YamuxMuxerInit): Promise<ForeignNode> {
    const libp2p = await createLibp2p({
      privateKey: await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(seed)),
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux(muxer)],
      services: { identify: identify() }
    })
    return new ForeignNode(libp2p)
  }

  /** Where it can be dialled, without the peer id. */
  get multiaddrs(): string[] {
    return this.libp2p.getMultiaddrs().map((address) => address.toString().replace(`/p2p/${this.peerId}`, ''))
  }

  /** The connection to a peer; `undefined`: not connected. */
  connection(peerId: string): Connection | undefined {
    return this.libp2p.getConnections().find((one) => one.remotePeer.toString() === peerId && one.status === 'open')
  }

  async connect(peerId: string, multiaddrs: readonly string[]): Promise<Connection> {
    return this.connection(peerId) ?? this.libp2p.dial(multiaddrs.map((address) => multiaddr(`${address}/p2p/${peerId}`)))
  }

  /** One more connection to a peer, whatever there is. */
  dialAnew(peerId: string, multiaddrs: readonly string[]): Promise<Connection> {
    return this.libp2p.dial(
      multiaddrs.map((address) => multiaddr(`${address}/p2p/${peerId}`)),
      { force: true }
    )
  }

  async open(peerId: string, protocol: string): Promise<ForeignSubstream> {
    const connection = this.connection(peerId)
    if (connection === undefined) throw new Error(`${peerId} is not connected`)
    // libp2p opens 64 of one protocol at most, unless it is told otherwise.
    return new ForeignSubstream(await connection.newStream(protocol, { maxOutboundStreams: 1_000 }))
  }

  /**
   * One question, one answer; `undefined`: the substream ended without. Like the reference it doesn't half-close before it has the answer.
   *
   * @throws Error when the substream is reset after the answer.
   */
  async ask(peerId: string, name: ProtocolName, question: Uint8Array | string): Promise<Uint8Array | undefined> {
    const substream = await this.open(peerId, protocols[name])
    substream.send(frame(question))
    const answer = await substream.frameOrEnd()
    if (answer !== undefined && (await substream.ended()) !== 'closed') throw new Error(`${name} was reset after its answer`)
    substream.close()
    return answer
  }

  /** One message without an answer. */
  async tell(peerId: string, name: ProtocolName, message: Uint8Array | string): Promise<void> {
    const substream = await this.open(peerId, protocols[name])
    substream.send(frame(message))
    substream.close()
  }

  /** Takes what peers open. */
  serve(name: ProtocolName, accept: (peerId: string, substream: ForeignSubstream) => void): Promise<void> {
    return this.libp2p.handle(protocols[name], (stream, connection) => {
      accept(connection.remotePeer.toString(), new ForeignSubstream(stream))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.libp2p.stop()
  }
}
