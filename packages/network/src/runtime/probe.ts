/**
 * Finds dead connections that look open: the other machine has lost its power or its address, and our TCP has not noticed.
 *
 * A connection that has brought nothing for long is pinged. One that answers no ping and brings nothing else either is closed, so that the next dial makes a
 * new one instead of using it. Whether the peer is lost is decided elsewhere.
 */

import type { RuntimeEnv } from '../exchange/env.ts'
import { probeAnswerMs, probeEveryMs } from '../settings.ts'
import type { Connections } from './connections.ts'

export interface ProbeInit {
  readonly env: RuntimeEnv
  readonly connections: Connections
}

export class Probe {
  readonly #init: ProbeInit

  constructor(init: ProbeInit) {
    this.#init = init
  }

  /** Pings the connections that are due, spread over ticks: a thousand pings at once would delay every heartbeat. */
  tick(): void {
    const { connections, env } = this.#init
    const now = env.timers.monoMs()
    const all = connections.all()
    let turns = Math.ceil((all.length * env.limits.reconnectTickMs) / probeEveryMs)
    for (const connection of all) {
      const pulse = connections.pulse(connection)
      if (pulse.pingedAtMs === undefined) {
        if (now - pulse.heardAtMs >= probeEveryMs && turns-- > 0) pulse.ping()
      } else if (now - Math.max(pulse.pingedAtMs, pulse.heardAtMs) >= probeAnswerMs) {
        env.log(
          'debug',
          `cut a connection to ${connection.remotePeer} that has brought nothing for ${probeAnswerMs} ms, and answers no ping`
        )
        connection.abort(new Error('it answers no ping'))
      }
    }
  }
}
