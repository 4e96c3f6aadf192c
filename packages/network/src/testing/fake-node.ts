import { EventEmitter } from 'node:events'
import type { Connection } from '@libp2p/interface'
import { MuxerPings, notePings } from '../swarm/patches/muxer-pings.ts'
import { Pacing } from '../swarm/patches/pacing.ts'
import { OwnPlaces } from '../swarm/relaying/own-places.ts'
import type { SwarmNode } from '../swarm/swarm.ts'

/** How the network answers a dial to one address: a connection, or an error. */
export type Answer = (address: string, signal: AbortSignal) => Promise<Connection>

/** A libp2p node without a network: the test says what connects. */
export class FakeNode extends EventTarget {
  localPeerId = 'me'
  readonly peerId = { toString: () => this.localPeerId }
  readonly dialled: string[] = []
  /** Whether it listens anywhere. */
  isDialable = true
  /** Every connection that ever stood. */
  readonly connections: FakeConnection[] = []
  #answer: Answer

  constructor(answer: Answer) {
    super()
    this.#answer = answer
  }

  get node(): SwarmNode {
    const transportManager = {
      dialTransportForMultiaddr: () => 'any',
      dial: (address: { toString(): string }, { signal }: { signal: AbortSignal }) => {
        this.dialled.push(address.toString())
        return this.#answer(address.toString(), signal)
      }
    }
    return {
      libp2p: this,
      parts: { transportManager },
      listens: true,
      candidates: () => (this.isDialable ? ['/ip4/192.0.2.9/tcp/1'] : []),
      relay: { follow: () => {}, review: () => {}, has: () => false, serves: false },
      ownPlaces: new OwnPlaces(),
      seenAt: async () => undefined,
      pacing: new Pacing()
    } as unknown as SwarmNode
  }

  /** Those to a peer; without one none, as a runtime that starts sees it. */
  getConnections(peerId?: { toString(): string }): Connection[] {
    return this.connections
      .filter(({ remotePeer, status }) => status === 'open' && `${remotePeer}` === `${peerId}`)
      .map(({ connection }) => connection)
  }

  /** A connection to a peer stands, as far as libp2p's events tell. */
  connect(peerId: string, made: { readonly remoteAddr?: string; readonly direction?: 'inbound' | 'outbound' } = {}): FakeConnection {
    const connection = new FakeConnection(this, peerId, made)
    this.connections.push(connection)
    this.dispatchEvent(new CustomEvent('connection:open', { detail: connection }))
    return connection
  }
}

export class FakeConnection {
  readonly remotePeer: { toString(): string }
  readonly remoteAddr: string
  readonly direction: 'inbound' | 'outbound'
  readonly direct = true
  /** What it carries. */
  readonly streams: { readonly protocol: string; readonly direction: string; readonly status: string; readonly streamId: number }[] = []
  status = 'open'
  /** How often it was pinged, and given a sign of life. */
  readonly sent = { pings: 0, nudges: 0 }
  readonly maConn = Object.assign(new EventTarget(), { status: 'open', socket: new EventEmitter() })
  readonly muxer = {
    sendPing: (id: number) => {
      this.sent.pings++
      this.#pings.push(id)
    },
    handlePingResponse: (_id: number) => {},
    sendFrame: () => void this.sent.nudges++
  }
  /** Whether it answers pings. */
  answersPings = true
  #pings: number[] = []
  readonly #node: FakeNode

  constructor(
    node: FakeNode,
    peerId: string,
    { remoteAddr = '/ip4/192.0.2.1/tcp/1', direction = 'outbound' }: Parameters<FakeNode['connect']>[1] = {}
  ) {
    this.#node = node
    this.remotePeer = { toString: () => peerId }
    this.remoteAddr = remoteAddr
    this.direction = direction
    notePings(this.muxer, new MuxerPings(this.muxer))
  }

  /** A substream of a protocol is open. */
  carry(protocol: string, direction: 'inbound' | 'outbound' = 'outbound'): this {
    this.streams.push({ protocol, direction, status: 'open', streamId: this.streams.length + 1 })
    return this
  }

  /** Bytes come, and with them the answer to a ping. */
  bring(): void {
    this.maConn.dispatchEvent(new Event('message'))
    if (this.answersPings) for (const id of this.#pings.splice(0)) this.muxer.handlePingResponse(id)
  }

  /** The other machine closes it, or, with the code of an error, resets it. */
  endByPeer(code?: string): void {
    if (code === undefined) this.maConn.socket.emit('end')
    else this.maConn.socket.emit('error', Object.assign(new Error('reset'), { code }))
    void this.close()
  }

  abort(): void {
    this.maConn.status = 'aborted'
    void this.close()
  }

  get connection(): Connection {
    return this as unknown as Connection
  }

  async close(): Promise<void> {
    if (this.status !== 'open') return
    this.status = 'closed'
    this.#node.dispatchEvent(new CustomEvent('connection:close', { detail: this }))
  }
}
