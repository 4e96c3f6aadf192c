import type { Connection } from '@libp2p/interface'
import { Pacing } from '../swarm/patches/pacing.ts'
import { OwnPlaces } from '../swarm/relaying/own-places.ts'
import type { SwarmNode } from '../swarm/swarm.ts'

/** How the network answers a dial to one address: a connection, or an error. */
export type Answer = (address: string, signal: AbortSignal) => Promise<Connection>

/** A libp2p node without a network: the test says what connects. */
export class FakeNode extends EventTarget {
  readonly peerId = { toString: () => 'me' }
  readonly dialled: string[] = []
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
      candidates: () => [],
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
  connect(peerId: string): FakeConnection {
    const connection = new FakeConnection(this, peerId)
    this.connections.push(connection)
    this.dispatchEvent(new CustomEvent('connection:open', { detail: connection }))
    return connection
  }
}

export class FakeConnection {
  readonly remotePeer: { toString(): string }
  readonly direct = true
  status = 'open'
  readonly #node: FakeNode

  constructor(node: FakeNode, peerId: string) {
    this.#node = node
    this.remotePeer = { toString: () => peerId }
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
