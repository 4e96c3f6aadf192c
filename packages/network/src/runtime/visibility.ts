/**
 * Whether others can dial us.
 *
 * Nobody can where we listen on nothing. Behind a router we listen, and do not notice; but a peer outside sees us at the router's address, and tells by
 * identify. So the Manager and relays are asked, once per connection. What one of them said stays true when it is gone, until it says something else or our
 * addresses change: those that are left, on our side of the router, see us where we are.
 */

import type { Connection } from '@libp2p/interface'
import { interfaces } from '#host'
import type { RuntimeEnv } from '../exchange/env.ts'
import { Exchange } from '../exchange/exchange.ts'
import { witnessAskMs, witnessesMax } from '../settings.ts'
import { addressParts } from '../swarm/address-parts.ts'
import { plainIp } from '../swarm/ip-scope.ts'
import type { SwarmNode } from '../swarm/swarm.ts'

export interface VisibilityInit {
  readonly env: RuntimeEnv
  readonly node: SwarmNode
}

export class Visibility {
  readonly #init: VisibilityInit
  readonly #asked = new WeakSet<Connection>()
  /** By peer id, the latest last. */
  readonly #verdicts = new Map<string, 'here' | 'elsewhere'>()
  #addresses = ''

  constructor(init: VisibilityInit) {
    this.#init = init
  }

  /** Nobody can dial us, as far as we know. */
  get hidden(): boolean {
    return this.#isElsewhere() || !this.listens
  }

  /** Whether anybody has told yet. */
  get isKnown(): boolean {
    return this.#verdicts.size > 0 || !this.listens
  }

  /** Whether there is an address of ours, right or wrong, that does not go through a relay. */
  get listens(): boolean {
    return this.#direct().length > 0
  }

  /** Asks how they see us, over those connections that were not asked. */
  look(connections: readonly Connection[]): void {
    const addresses = this.#direct().join()
    if (addresses !== this.#addresses) this.#verdicts.clear()
    this.#addresses = addresses
    for (const connection of connections) {
      if (!connection.direct || connection.status !== 'open' || this.#asked.has(connection)) continue
      this.#asked.add(connection)
      void this.#ask(connection)
    }
  }

  async #ask(connection: Connection): Promise<void> {
    const exchange = new Exchange(this.#init.env)
    try {
      const seenAt = await exchange.within('identify', witnessAskMs, () => this.#init.node.seenAt(connection, exchange.signal))
      if (seenAt === undefined) return
      this.#note(connection.remotePeer.toString(), this.#isOurs(seenAt) ? 'here' : 'elsewhere')
    } catch {
      // It says nothing, which says nothing.
    } finally {
      exchange.end()
    }
  }

  #note(peerId: string, verdict: 'here' | 'elsewhere'): void {
    const before = this.#isElsewhere()
    this.#verdicts.delete(peerId)
    this.#verdicts.set(peerId, verdict)
    if (this.#verdicts.size > witnessesMax) this.#verdicts.delete([...this.#verdicts.keys()][0]!)
    if (this.#isElsewhere() !== before)
      this.#init.env.log('debug', `others see us ${before ? 'where we are' : 'at an address that is not ours'}`)
  }

  #isElsewhere(): boolean {
    return this.#verdicts.values().some((verdict) => verdict === 'elsewhere')
  }

  #direct(): readonly string[] {
    return this.#init.node.candidates().filter((address) => !address.includes('/p2p-circuit'))
  }

  #isOurs(address: string): boolean {
    const { host, scope } = addressParts(address)
    if (host === '' || scope === 'loopback') return true
    const own = [
      ...this.#init.node.candidates().map((candidate) => addressParts(candidate).host),
      ...interfaces().map(({ ip }) => plainIp(ip))
    ]
    return own.includes(host)
  }
}
