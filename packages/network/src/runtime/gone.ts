/**
 * Finds out that a peer's process has ended: its machine closes its connections and refuses new ones.
 *
 * Both can have other reasons: a router that was restarted resets connections, a private address means another machine in another network, an address may
 * have passed to somebody else. So only addresses count at which we have reached the peer: those that were dialled, and those announced ones from whose host
 * a connection of it came. Each must refuse, twice; whatever the peer sends meanwhile, or another list of addresses, ends the case.
 */

import type { Connection } from '@libp2p/interface'
import { refuses } from '#host'
import type { RuntimeEnv } from '../exchange/env.ts'
import { pause } from '../exchange/pause.ts'
import { addressesMax } from '../protocols/limits.ts'
import { refusalMs } from '../settings.ts'
import { addressParts } from '../swarm/address-parts.ts'
import type { AllowList } from './allow-list.ts'
import type { Connections } from './connections.ts'
import type { Reach } from './reach.ts'

const rounds = 2

/** Host and port that are connected to. */
interface Door {
  readonly host: string
  readonly port: number
}

export interface GoneInit {
  readonly env: RuntimeEnv
  readonly members: AllowList
  readonly connections: Connections
  readonly reach: Reach
  /** Whether one more dial is allowed now; counts as one. */
  readonly mayConnect: () => boolean
  readonly gone: (peerId: string) => void
}

export class Gone {
  readonly #init: GoneInit
  /** Where each peer was reached, as it was dialled; the last ones. */
  readonly #reached = new Map<string, Set<string>>()
  readonly #cases = new Map<string, AbortController>()

  constructor(init: GoneInit) {
    this.#init = init
  }

  /** A connection stands. */
  connected(peerId: string, { direct, direction, remoteAddr }: Connection): void {
    this.close(peerId)
    if (!direct || direction !== 'outbound') return
    const reached = this.#reached.get(peerId) ?? new Set()
    this.#reached.set(peerId, reached)
    const address = `${remoteAddr}`
    reached.delete(address)
    reached.add(address)
    if (reached.size > addressesMax) reached.delete([...reached][0]!)
  }

  /** The last connection has closed. */
  disconnected(peerId: string, last: Connection): void {
    const { members, connections } = this.#init
    if (!members.has(peerId) || !connections.pulse(last).endedByPeer) return
    const over = new AbortController()
    this.#cases.set(peerId, over)
    void this.#look(peerId, last, over.signal)
      .then((isGone) => isGone && this.#init.gone(peerId))
      .catch(() => {})
      .finally(() => this.#cases.get(peerId) === over && this.#cases.delete(peerId))
  }

  /** Something came from it, or it is found elsewhere: it is not gone. */
  close(peerId: string): void {
    this.#cases.get(peerId)?.abort(new Error('the peer is not gone'))
  }

  forget(peerId: string): void {
    this.close(peerId)
    this.#reached.delete(peerId)
  }

  stop(): void {
    for (const peerId of [...this.#cases.keys()]) this.close(peerId)
  }

  async #look(peerId: string, last: Connection, signal: AbortSignal): Promise<boolean> {
    const { env, members } = this.#init
    if (members.addresses(peerId).length === 0) {
      await pause(env.timers, env.limits.goneAddresslessMs, signal)
      return true
    }
    const doors = this.#doors(peerId, last)
    if (doors.length === 0) return false
    for (let round = 1; round <= rounds; round++) {
      if (round > 1) await pause(env.timers, env.limits.goneRetryMs, signal)
      if (!doors.every(() => this.#init.mayConnect())) return false
      const refused = await Promise.all(doors.map(({ host, port }) => refuses(host, port, { timeoutMs: refusalMs, signal })))
      signal.throwIfAborted()
      if (refused.includes(false)) return false
    }
    return true
  }

  /** Every host and port at which it was reached; those on this machine only if the last connection was. */
  #doors(peerId: string, last: Connection): Door[] {
    const { members, reach } = this.#init
    const from = addressParts(`${last.remoteAddr}`.replace(/\/p2p\/.*/, ''))
    const came = members.addresses(peerId).filter((address) => last.direct && addressParts(address).host === from.host)
    const reached = [...(this.#reached.get(peerId) ?? []), ...came]
    const doors = new Map<string, Door>()
    for (const { multiaddr, relay, host } of reach.addresses(peerId, reached)) {
      const isHere = addressParts(`${multiaddr}`).scope === 'loopback'
      const [, port] = /\/tcp\/(\d+)/.exec(`${multiaddr}`) ?? []
      if (relay !== undefined || port === undefined || (isHere && from.scope !== 'loopback')) continue
      doors.set(`${host} ${port}`, { host, port: Number(port) })
    }
    return [...doors.values()]
  }
}
