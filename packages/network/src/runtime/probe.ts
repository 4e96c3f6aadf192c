/**
 * Finds connections that only look alive: the other machine lost its power or its address, and nothing told our TCP.
 *
 * Nobody is declared dead here. A connection that doesn't answer a ping is cut, so that the next dial makes one that works instead of using it.
 */
import { abortable, messageOf, toError } from '@auki/canonical'
import type { Connection } from '@libp2p/interface'
import type { RuntimeEnv } from '../exchange/env.ts'
import { Exchange } from '../exchange/exchange.ts'
import { Substream } from '../exchange/substream.ts'
import type { Connections } from './connections.ts'

const pingProtocol = '/ipfs/ping/1.0.0'
const pingBytes = 32
/** A connection is asked this long after it was last known to work. */
const probeEveryMs = 20_000
/** Slow is not dead: a starved machine may take seconds. */
const answerMs = 10_000

export class Probe {
  readonly #env: RuntimeEnv
  readonly #connections: Connections
  readonly #aliveAt = new WeakMap<Connection, number>()

  constructor(env: RuntimeEnv, connections: Connections) {
    this.#env = env
    this.#connections = connections
  }

  /** Something came from the peer; with one connection it can only have come over that. */
  heard(peerId: string): void {
    const [only, another] = this.#connections.of(peerId)
    if (only && !another) this.#aliveAt.set(only, this.#env.timers.monoMs())
  }

  /** Probes who is due, a share of all at a time: a thousand pings at once would delay every heartbeat. */
  tick(): void {
    const now = this.#env.timers.monoMs()
    const all = this.#connections.all()
    let turns = Math.ceil((all.length * this.#env.limits.reconnectTickMs) / probeEveryMs)
    for (const connection of all) {
      const aliveAt = this.#aliveAt.get(connection)
      if (aliveAt === undefined) this.#aliveAt.set(connection, now)
      else if (now - aliveAt >= probeEveryMs && turns-- > 0) {
        this.#aliveAt.set(connection, now)
        void this.#probe(connection)
      }
    }
  }

  async #probe(connection: Connection): Promise<void> {
    const exchange = new Exchange(this.#env)
    try {
      await exchange.within('ping', answerMs, () => ping(connection, exchange.signal))
    } catch (error) {
      // Whoever says that it doesn't know the protocol is alive.
      if (toError(error).name === 'UnsupportedProtocolError' || connection.status !== 'open') return
      this.#env.log('debug', `cut a connection to ${connection.remotePeer} that answers no ping: ${messageOf(error)}`)
      connection.abort(toError(error))
    }
  }
}

async function ping(connection: Connection, signal: AbortSignal): Promise<void> {
  const substream = new Substream(await connection.newStream(pingProtocol, { signal, runOnLimitedConnection: true }))
  try {
    await substream.write(crypto.getRandomValues(new Uint8Array(pingBytes)), signal)
    await abortable(
      new Promise<void>((resolve, reject) => {
        let missing = pingBytes
        const stop = substream.listen({
          chunk: ({ length }) => {
            missing -= length
            if (missing > 0) return
            stop()
            resolve()
          },
          end: (error) => reject(error ?? new Error('the ping was not answered'))
        })
      }),
      signal
    )
  } finally {
    substream.reset(new Error('the ping is over'))
  }
}
