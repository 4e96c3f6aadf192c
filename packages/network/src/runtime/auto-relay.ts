/**
 * A place at some relay while nobody can dial us: at one that the cluster names, at one through which members are reached, or at a member that serves.
 *
 * One place is enough. Where it is lost for some seconds another relay is tried, and the old one is let go once that has us.
 */

import { reasonOf } from '@auki/canonical'
import type { RuntimeEnv } from '../exchange/env.ts'
import { relayAgainMaxMs, relayAgainMinMs } from '../settings.ts'
import { addressParts } from '../swarm/address-parts.ts'
import type { AllowList } from './allow-list.ts'
import type { Connections } from './connections.ts'
import type { Reach } from './reach.ts'
import type { Relays } from './relay.ts'
import type { Visibility } from './visibility.ts'

interface Tried {
  dueAt: number
  pauseMs: number
}

export interface AutoRelayNeeds {
  readonly env: RuntimeEnv
  readonly localPeerId: string
  readonly members: AllowList
  readonly connections: Connections
  readonly reach: Reach
  readonly relays: Relays
  readonly visibility: Visibility
}

export class AutoRelay {
  readonly #needs: AutoRelayNeeds
  readonly #tried = new Map<string, Tried>()
  /** Relays of ours by our own choice. */
  readonly #chosen = new Set<string>()
  #hints: readonly string[] = []
  #busy = false
  #meetAt = 0

  constructor(needs: AutoRelayNeeds) {
    this.#needs = needs
  }

  /** The relays that the cluster names. */
  setHints(relayMultiaddrs: readonly string[]): void {
    this.#hints = relayMultiaddrs
  }

  tick(): void {
    const { relays, visibility } = this.#needs
    const held = relays.held()
    if (!visibility.isKnown) return this.#meet()
    if (!visibility.hidden) return this.#release(() => true)
    if (held.length > 0) return this.#release((relayId) => !held.includes(relayId))
    if (this.#busy || relays.mayComeBack()) return
    const now = this.#needs.env.timers.monoMs()
    const next = this.#candidates().find(({ relayId }) => (this.#tried.get(relayId)?.dueAt ?? 0) <= now)
    if (next !== undefined) void this.#take(next)
  }

  /** Who has nobody to ask how it is seen, as the first in a cluster, asks a relay. */
  #meet(): void {
    const { env, connections, members, reach } = this.#needs
    const now = env.timers.monoMs()
    if (this.#busy || now < this.#meetAt || members.peers().some((peerId) => members.isManager(peerId))) return
    this.#meetAt = now + relayAgainMaxMs
    for (const hint of this.#hints) {
      const { peerId: relayId } = addressParts(hint)
      if (relayId === undefined || connections.has(relayId)) continue
      const [address] = reach.addresses(relayId, [hint])
      this.#needs.relays.visit(relayId)
      if (address !== undefined)
        reach.dial(address, AbortSignal.timeout(relayAgainMinMs)).catch((error) => env.log('debug', reasonOf(error)))
    }
  }

  async #take({ relayId, multiaddr }: Candidate): Promise<void> {
    const { env, relays } = this.#needs
    this.#busy = true
    try {
      await relays.reserve(multiaddr, { timeoutMs: env.limits.relayHopMs })
      this.#chosen.add(relayId)
      this.#tried.delete(relayId)
      env.log('debug', `nobody can dial us: we are reached through the relay ${multiaddr}`)
    } catch (error) {
      const pauseMs = Math.min((this.#tried.get(relayId)?.pauseMs ?? relayAgainMinMs / 2) * 2, relayAgainMaxMs)
      this.#tried.set(relayId, { pauseMs, dueAt: env.timers.monoMs() + pauseMs })
      env.log('debug', reasonOf(error))
    } finally {
      this.#busy = false
    }
  }

  #release(which: (relayId: string) => boolean): void {
    for (const relayId of this.#chosen) {
      if (!which(relayId)) continue
      this.#chosen.delete(relayId)
      this.#needs.relays.release(relayId)
    }
  }

  /** The best first: those that are named on purpose, then members, of which a Manager comes last, as its end is enough to cope with by itself. */
  #candidates(): Candidate[] {
    const { members, connections, localPeerId } = this.#needs
    const relayed = members.peers().flatMap((peerId) => members.addresses(peerId).flatMap((address) => addressParts(address).relay ?? []))
    const named = [...this.#hints, ...relayed].flatMap((multiaddr) => {
      const { peerId: relayId } = addressParts(multiaddr)
      return relayId === undefined ? [] : this.#dialable(relayId, [multiaddr])
    })
    const connected = members.peers().filter((peerId) => connections.of(peerId).some(({ direct, status }) => direct && status === 'open'))
    const serving = connected
      .sort((a, b) => Number(members.isManager(a)) - Number(members.isManager(b)))
      .flatMap((peerId) => this.#dialable(peerId, members.addresses(peerId)))
    return [...named, ...serving].filter(({ relayId }) => relayId !== localPeerId)
  }

  #dialable(relayId: string, multiaddrs: readonly string[]): Candidate[] {
    const best = this.#needs.reach.addresses(relayId, multiaddrs).find(({ relay }) => relay === undefined)
    return best === undefined ? [] : [{ relayId, multiaddr: best.multiaddr.toString() }]
  }
}

interface Candidate {
  readonly relayId: string
  readonly multiaddr: string
}
