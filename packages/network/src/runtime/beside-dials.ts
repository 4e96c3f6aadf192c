/** Dials to peers that we are connected to, by a connection that has fallen silent. */

import type { RuntimeEnv } from '../exchange/env.ts'
import { DeadlineError } from '../exchange/exchange-errors.ts'
import { besideConnectMs, besideDialMs } from '../settings.ts'
import { closeConnection } from './connections.ts'
import { dialFirst, dialTurn } from './dial.ts'
import type { Reach } from './reach.ts'

export interface BesideDialsInit {
  readonly env: RuntimeEnv
  readonly reach: Reach
  /** The addresses at which a peer may be dialled now; `undefined`: not now. */
  readonly mayDial: (peerId: string) => readonly string[] | undefined
}

interface Beside {
  readonly cut: AbortController
  /** When the next one may begin; `undefined`: this one is under way. ms */
  nextAtMs: number | undefined
}

export class BesideDials {
  readonly #init: BesideDialsInit
  readonly #dials = new Map<string, Beside>()

  constructor(init: BesideDialsInit) {
    this.#init = init
  }

  /** Dials a peer, unless that is under way or was just done; at `silentHosts`, where connections have fallen silent, last. */
  start(peerId: string, silentHosts: ReadonlySet<string>): void {
    const { env, mayDial, reach } = this.#init
    const before = this.#dials.get(peerId)
    if (before !== undefined && (before.nextAtMs ?? Number.POSITIVE_INFINITY) > env.timers.monoMs()) return
    const multiaddrs = mayDial(peerId)
    if (multiaddrs === undefined) return
    const all = reach.addresses(peerId, multiaddrs)
    const isSilent = ({ host }: { readonly host: string }) => silentHosts.has(host)
    const addresses = [...all.filter((address) => !isSilent(address)), ...all.filter(isSilent)]
    const dial: Beside = { cut: new AbortController(), nextAtMs: undefined }
    this.#dials.set(peerId, dial)
    void this.#dial(dialTurn(addresses, 0, env.limits.dialHostsMax).addresses, dial.cut)
      .catch((error: Error) => env.log('debug', `dialling ${peerId} beside a silent connection failed: ${error.message}`))
      .finally(() => {
        dial.nextAtMs = env.timers.monoMs() + env.limits.redialBackoffMinMs
      })
  }

  /** It is not needed any more. */
  stop(peerId: string): void {
    this.#dials.get(peerId)?.cut.abort(new Error('the peer answers again, or is gone'))
    this.#dials.delete(peerId)
  }

  /** A connection that we have dialled stands, which must not be cut together with the dial. */
  won(peerId: string): void {
    this.#dials.delete(peerId)
  }

  stopAll(): void {
    for (const peerId of [...this.#dials.keys()]) this.stop(peerId)
  }

  async #dial(addresses: Parameters<typeof dialFirst>[2], cut: AbortController): Promise<void> {
    const { timers } = this.#init.env
    const cancel = timers.after(besideDialMs, () => cut.abort(new DeadlineError('dial', besideDialMs)))
    try {
      const connection = await dialFirst(
        (address, own) => this.#init.reach.dial(address, own, besideConnectMs),
        timers,
        addresses,
        cut.signal
      )
      if (cut.signal.aborted) closeConnection(connection)
    } finally {
      cancel()
    }
  }
}
