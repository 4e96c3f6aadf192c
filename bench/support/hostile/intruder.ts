/** A node that comes back when it is thrown out, and into the cluster when it is told to. */
import { ForeignNode } from '../../../tests/foreign/peer/foreign-node.ts'
import { joinRequest, readJoinResponse } from '../../../tests/foreign/peer/messages.ts'
import { type ProtocolName, protocols } from '../../../tests/foreign/peer/substream.ts'
import { frame } from '../../../tests/foreign/peer/wire.ts'
import { beatText } from '../../../tests/hostile/cases.ts'
import type { Volley } from './volley.ts'

export interface Place {
  readonly peerId: string
  readonly multiaddrs: readonly string[]
}

/** The encrypted connection, below the muxer. */
interface Line {
  readonly writableNeedsDrain: boolean
  readonly status: string
  send(bytes: Uint8Array): boolean
  addEventListener(type: 'drain' | 'close', run: () => void, options: { once: true }): void
}

/** What is not taken or answered by then is given up. */
export const patienceMs = 2_000
const beatMs = 500
/** Far beyond the numbers of substreams that the node opens itself, and odd, as of whoever dialled. */
const firstNumber = 1_000_001

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export class Intruder {
  readonly #node: ForeignNode
  readonly #victim: Place
  /** Who admits; undefined: it does not ask to be admitted. */
  readonly #manager: Place | undefined
  #entering: Promise<void> | undefined
  #numbered: { readonly line: Line; next: number } | undefined
  document = ''

  private constructor(node: ForeignNode, victim: Place, manager: Place | undefined) {
    this.#node = node
    this.#victim = victim
    this.#manager = manager
  }

  static async start(victim: Place, manager: Place | undefined): Promise<Intruder> {
    const node = await ForeignNode.start(1 + (process.pid % 200))
    await node.serve('heartbeat', (_peer, substream) => {
      let sequence = 0
      const beat = (): void => {
        if (substream.stream.status !== 'open') return clearInterval(timer)
        substream.send(frame(beatText({ sequence: String(++sequence) })))
      }
      const timer = setInterval(beat, beatMs)
      beat()
    })
    return new Intruder(node, victim, manager)
  }

  /** Connected, and a member if it is to be one. */
  async inside(): Promise<void> {
    if (this.#node.connection(this.#victim.peerId) !== undefined) return
    this.#entering ??= this.#enter().finally(() => {
      this.#entering = undefined
    })
    await this.#entering
  }

  async #enter(): Promise<void> {
    if (this.#manager !== undefined) await this.#join(this.#manager)
    await this.#node.connect(this.#victim.peerId, this.#victim.multiaddrs)
  }

  async #join({ peerId, multiaddrs }: Place): Promise<void> {
    await this.#node.connect(peerId, multiaddrs)
    const answer = await this.#node.ask(peerId, 'join', joinRequest('protobuf', this.#node.multiaddrs))
    const said = readJoinResponse('protobuf', answer!)
    if ('reason' in said) throw new Error(`the attacker was not let in: ${said.reason}`)
    this.document = said.document
  }

  /** One request, and its end, whatever that is. */
  async request(protocol: ProtocolName, bytes: Uint8Array): Promise<void> {
    await this.inside()
    const stream = await this.#node.connection(this.#victim.peerId)!.newStream(protocols[protocol], {
      negotiateFully: false,
      signal: AbortSignal.timeout(patienceMs)
    })
    const over = new Promise((resolve) => stream.addEventListener('close', resolve))
    const ended = new Promise((resolve) => stream.addEventListener('remoteCloseWrite', resolve))
    stream.addEventListener('message', () => {})
    for (let at = 0; at < bytes.length && stream.writeStatus === 'writable'; at += 65_536) {
      if (!stream.send(bytes.subarray(at, at + 65_536))) await Promise.race([stream.onDrain().catch(() => {}), over, pause(patienceMs)])
    }
    await Promise.race([over, ended, pause(patienceMs)])
    stream.abort(new Error('enough'))
  }

  /** Frames as they are, as soon as the connection takes them. */
  async fire(volley: Volley): Promise<void> {
    await this.inside()
    const connection = this.#node.connection(this.#victim.peerId) as unknown as { readonly muxer: { readonly maConn: Line } }
    const line = connection.muxer.maConn
    if (line !== this.#numbered?.line) this.#numbered = { line, next: firstNumber }
    this.#numbered.next = volley.number(this.#numbered.next)
    if (line.send(volley.bytes)) return
    await new Promise<void>((resolve) => {
      line.addEventListener('drain', resolve, { once: true })
      line.addEventListener('close', resolve, { once: true })
    })
  }

  /** A connection of its own for one request. */
  async visit(protocol: ProtocolName, bytes: Uint8Array): Promise<void> {
    const connection = await this.#node.dialAnew(this.#victim.peerId, this.#victim.multiaddrs)
    try {
      const stream = await connection.newStream(protocols[protocol], { negotiateFully: false, signal: AbortSignal.timeout(patienceMs) })
      stream.send(bytes)
      const ended = new Promise((resolve) => stream.addEventListener('remoteCloseWrite', resolve, { once: true }))
      await Promise.race([ended, pause(patienceMs)])
    } finally {
      connection.abort(new Error('enough'))
    }
  }
}
