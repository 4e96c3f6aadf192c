/**
 * The pulse of a connection, below all its protocols: when bytes last came, whether the other end answers, and which end closed it.
 *
 * libp2p tells none of it. A ping of its ping protocol is a substream of its own, which takes two round trips to open, and waits behind whatever we are
 * sending; that bytes arrive meanwhile can't be seen. So the `message` events of the raw connection (`maConn`) are followed, and pings of the muxer are used.
 * What we send when only the other end is to know that we live is an update of a window by nothing, which asks for no answer. And a socket that ends while
 * its connection is still `open` was ended by the peer's machine.
 *
 * Seen in libp2p 3.3.11, @libp2p/tcp 11.0.28, @libp2p/websockets 10.1.21, @libp2p/yamux 8.0.3; canary: canaries.test.ts
 */
import type { Connection, Stream } from '@libp2p/interface'
import { pingsOf } from './muxer-pings.ts'

/** A socket of Node. */
interface Ending {
  prependOnceListener(name: string, listener: (error?: { readonly code?: string }) => void): unknown
}

/** What a connection has inside. */
interface Inside {
  readonly maConn: EventTarget & { readonly status: string; readonly socket?: Ending }
  readonly muxer: { sendFrame(header: object): void }
}

const windowUpdate = 1
/** What writing and reading fail with once the other machine has reset a connection. */
const resets = ['ECONNRESET', 'EPIPE']

export class Pulse {
  readonly #connection: Connection
  readonly #inside: Partial<Inside>
  readonly #nowMs: () => number
  /** When the connection was made, by `nowMs`. */
  readonly openedAtMs: number
  #heardAtMs: number
  #pingedAtMs: number | undefined
  #ended = false

  constructor(connection: Connection, nowMs: () => number) {
    this.#connection = connection
    this.#inside = connection as unknown as Partial<Inside>
    this.#nowMs = nowMs
    this.openedAtMs = nowMs()
    this.#heardAtMs = this.openedAtMs
    const { maConn } = this.#inside
    maConn?.addEventListener('message', () => {
      this.#heardAtMs = this.#nowMs()
    })
    const end = () => {
      this.#ended ||= maConn?.status === 'open'
    }
    maConn?.socket?.prependOnceListener('end', end)
    maConn?.socket?.prependOnceListener('error', (error) => resets.includes(error?.code ?? '') && end())
  }

  /** When bytes last came, or, before any did, when the connection was made. */
  get heardAtMs(): number {
    return this.#heardAtMs
  }

  /** Since when a ping waits for its answer; `undefined`: none does. */
  get pingedAtMs(): number | undefined {
    return this.#pingedAtMs
  }

  /** The peer's machine has ended it, and not we, nor a relay between us. */
  get endedByPeer(): boolean {
    // A WebSocket in a browser, or behind a proxy, has no socket that we could look at; without a goodbye it is `reset`.
    const { socket, status } = this.#inside.maConn ?? {}
    return socket === undefined ? this.#connection.direct && status === 'reset' : this.#ended
  }

  /** Asks the other end for a sign of life, unless it was asked already. */
  ping(): void {
    const { muxer } = this.#inside
    const pings = muxer && pingsOf(muxer)
    if (pings === undefined || this.#pingedAtMs !== undefined || this.#connection.status !== 'open') return
    this.#pingedAtMs = this.#nowMs()
    pings.send(() => {
      this.#pingedAtMs = undefined
    })
  }

  /** Resolves to how long the way there and back takes, behind all that is being sent, ms; rejects when the connection ends first. */
  roundTrip(): Promise<number> {
    const connection = this.#connection
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const onClose = () => reject(new Error('the connection has ended'))
    connection.addEventListener('close', onClose, { once: true })
    const pings = this.#inside.muxer && pingsOf(this.#inside.muxer)
    const sentAtMs = this.#nowMs()
    if (pings === undefined || connection.status !== 'open') onClose()
    else pings.send(() => resolve(this.#nowMs() - sentAtMs))
    return promise.finally(() => connection.removeEventListener('close', onClose))
  }

  /** Gives the other end a sign of life, by one of the connection's substreams; without any it does nothing. */
  nudge(): void {
    const substream = this.#connection.streams.find(({ status }) => status === 'open') as (Stream & { streamId?: number }) | undefined
    if (substream?.streamId === undefined || this.#connection.status !== 'open') return
    this.#inside.muxer?.sendFrame({ type: windowUpdate, flag: 0, streamID: substream.streamId, length: 0 })
  }
}

/** Calls `run` whenever bytes of a substream arrive, before they are handled. */
export function onBytes(substream: Stream, run: () => void): void {
  const inside = substream as unknown as { onData?(data: unknown): void }
  const { onData } = inside
  if (onData === undefined) return
  inside.onData = (data) => {
    run()
    onData.call(inside, data)
  }
}
