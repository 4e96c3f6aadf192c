import type { Connection } from '@libp2p/interface'
import { Relayed } from '../swarm/relayed.ts'
import type { SwarmNode } from '../swarm/swarm.ts'

/** How the network answers a dial to one address: a connection, or an error. */
export type Answer = (address: string, signal: AbortSignal) => Promise<Connection>

/** A libp2p node without a network: the test says what connects. */
export class FakeNode extends EventTarget {
  readonly peerId = { toString: () => 'me' }
  readonly dialled: string[] = []
  #answer: Answer

  constructor(answer: Answer) {
    super()
    this.#answer = answer
  }

  get node(): SwarmNode {
    const transportManager = {
      dial: (address: { toString(): string }, { signal }: { signal: AbortSignal }) => {
        this.dialled.push(address.toString())
        return this.#answer(address.toString(), signal)
      }
    }
    return { libp2p: this, parts: { transportManager }, listens: true, relayed: new Relayed() } as unknown as SwarmNode
  }

  getConnections(): Connection[] {
    return []
  }

  /** A connection to a peer stands, as far as libp2p's events tell. */
  connect(peerId: string): FakeConnection {
    const connection = new FakeConnection(this, peerId)
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
