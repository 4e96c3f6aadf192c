/**
 * Finds dead connections that look open: the other machine has lost its power or its address, and our TCP has not noticed.
 *
 * A connection that answers no ping is closed, so that the next dial makes a new one instead of using it. Whether the peer is lost is decided elsewhere.
 */
import { abortable, reasonOf, toError } from '@auki/canonical'
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

export interface ProbeInit {
  readonly env: RuntimeEnv
  readonly connections: Connections
}

export class Probe {
  readonly #init: ProbeInit
  readonly #aliveAt = new WeakMap<Connection, number>()

  constructor(init: ProbeInit) {
    this.#init = init
  }

  /** A heartbeat has arrived from the peer. With a single connection it must have come over that, which is therefore alive. */
  heard(peerId: string): void {
    const [only, another] = this.#init.connections.of(peerId)
    if (only && !another) this.#aliveAt.set(only, this.#init.env.timers.monoMs())
  }

  /** Pings the connections that are due, spread over ticks: a thousand pings at once would delay every heartbeat. */
  tick(): void {
    const now = this.#init.env.timers.monoMs()
    const all = this.#init.connections.all()
    let turns = Math.ceil((all.length * this.#init.env.limits.reconnectTickMs) / probeEveryMs)
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
    const exchange = new Exchange(this.#init.env)
    try {
      await exchange.within('ping', answerMs, () => ping(connection, exchange.signal))
    } catch (error) {
      // A peer that answers that it doesn't speak the protocol is alive.
      if (toError(error).name === 'UnsupportedProtocolError' || connection.status !== 'open') return
      this.#init.env.log('debug', `cut a connection to ${connection.remotePeer} that answers no ping: ${reasonOf(error)}`)
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
