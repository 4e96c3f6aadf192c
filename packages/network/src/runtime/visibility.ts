/**
 * Whether others can dial us.
 *
 * Nobody can where we listen on nothing. Behind a router we listen, and do not notice; but a peer outside sees us at the router's address, and tells by
 * identify. So the Manager and relays are asked, once per connection.
 */
import type { Connection } from '@libp2p/interface'
import { interfaces } from '#host'
import type { RuntimeEnv } from '../exchange/env.ts'
import { Exchange } from '../exchange/exchange.ts'
import { addressParts } from '../swarm/address-parts.ts'
import { plainIp } from '../swarm/ip-scope.ts'
import type { SwarmNode } from '../swarm/swarm.ts'

const askMs = 5_000

export interface VisibilityInit {
  readonly env: RuntimeEnv
  readonly node: SwarmNode
}

export class Visibility {
  readonly #init: VisibilityInit
  readonly #asked = new WeakMap<Connection, 'asked' | 'here' | 'elsewhere'>()
  #elsewhere = false
  #known = false

  constructor(init: VisibilityInit) {
    this.#init = init
  }

  /** Nobody can dial us, as far as we know. */
  get hidden(): boolean {
    return this.#elsewhere || !this.listens
  }

  /** Whether anybody has told yet. */
  get isKnown(): boolean {
    return this.#known || !this.listens
  }

  /** Whether there is an address of ours, right or wrong, that does not go through a relay. */
  get listens(): boolean {
    return this.#init.node.candidates().some((address) => !address.includes('/p2p-circuit'))
  }

  /** Asks how they see us, over those connections that were not asked. */
  look(connections: readonly Connection[]): void {
    for (const connection of connections) {
      if (!connection.direct || connection.status !== 'open' || this.#asked.has(connection)) continue
      this.#asked.set(connection, 'asked')
      void this.#ask(connection)
    }
  }

  async #ask(connection: Connection): Promise<void> {
    const exchange = new Exchange(this.#init.env)
    try {
      const seenAt = await exchange.within('identify', askMs, () => this.#init.node.seenAt(connection, exchange.signal))
      if (seenAt === undefined) return
      this.#asked.set(connection, this.#isOurs(seenAt) ? 'here' : 'elsewhere')
      this.#conclude()
    } catch {
      // It says nothing, which says nothing.
    } finally {
      exchange.end()
    }
  }

  #conclude(): void {
    const before = this.#elsewhere
    this.#known = true
    this.#elsewhere = this.#init.node.libp2p.getConnections().some((connection) => this.#asked.get(connection) === 'elsewhere')
    if (this.#elsewhere !== before)
      this.#init.env.log('debug', `others see us ${before ? 'where we are' : 'at an address that is not ours'}`)
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
