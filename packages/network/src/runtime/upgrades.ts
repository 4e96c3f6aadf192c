/**
 * From a relayed connection to a direct one: members that are reached through a relay are dialled at their other addresses now and then. Once a direct
 * connection stands, everything new goes over that; the relayed one is closed when no stream is left on it, as not every reader resumes.
 */

import { reasonOf } from '@auki/canonical'
import type { Connection } from '@libp2p/interface'
import type { RuntimeEnv } from '../exchange/env.ts'
import { PROTOCOL_ID as STREAM_PROTOCOL_ID } from '../protocols/stream.ts'
import { upgradeDialMs, upgradeGraceMs, upgradePauseMaxMs, upgradePauseMinMs } from '../settings.ts'
import { addressParts } from '../swarm/address-parts.ts'
import type { AllowList } from './allow-list.ts'
import { type Connections, closeConnection } from './connections.ts'
import { dialFirst, dialTurn } from './dial.ts'
import type { Reach } from './reach.ts'

interface Upgrade {
  dueAt: number
  pauseMs: number
  dialing: boolean
  /** When a direct connection was first seen. */
  directAt: number | undefined
}

export interface UpgradesNeeds {
  readonly env: RuntimeEnv
  readonly members: AllowList
  readonly connections: Connections
  readonly reach: Reach
  /** A peer is better reached now. */
  readonly moved: (peerId: string) => void
}

export class Upgrades {
  readonly #needs: UpgradesNeeds
  readonly #upgrades = new Map<string, Upgrade>()
  /** Relays whose limits the log knows of. */
  readonly #warned = new Set<string>()

  constructor(needs: UpgradesNeeds) {
    this.#needs = needs
  }

  /** Names a relay that cuts connections. */
  opened(peerId: string, { limits, remoteAddr }: Connection): void {
    const { relay = 'a relay' } = addressParts(remoteAddr.toString())
    if (limits === undefined || this.#warned.has(relay)) return
    this.#warned.add(relay)
    const cuts = [limits.bytes && `${limits.bytes} bytes`, limits.seconds && `${limits.seconds} s`].filter(Boolean).join(' or ')
    this.#needs.env.log(
      'warn',
      `the relay ${relay} cuts what it carries after ${cuts}, so streams of ${peerId} pause again and again: use one of the cluster's own (auki relay)`,
      { relay, peerId, bytes: limits.bytes, seconds: limits.seconds }
    )
  }

  tick(): void {
    const { env, members, connections } = this.#needs
    const now = env.timers.monoMs()
    const relayed = new Set(connections.all().flatMap(({ direct, remotePeer }) => (direct ? [] : [remotePeer.toString()])))
    for (const peerId of this.#upgrades.keys()) if (!relayed.has(peerId)) this.#upgrades.delete(peerId)
    for (const peerId of relayed) {
      if (!members.has(peerId)) continue
      const upgrade = this.#upgrades.get(peerId) ?? {
        dueAt: now + upgradePauseMinMs,
        pauseMs: upgradePauseMinMs,
        dialing: false,
        directAt: undefined
      }
      this.#upgrades.set(peerId, upgrade)
      if (connections.of(peerId).some(({ direct, status }) => direct && status === 'open')) this.#settle(peerId, upgrade, now)
      else if (!upgrade.dialing && upgrade.dueAt <= now) void this.#dial(peerId, upgrade)
    }
  }

  #settle(peerId: string, upgrade: Upgrade, now: number): void {
    if (upgrade.directAt === undefined) {
      upgrade.directAt = now
      this.#needs.moved(peerId)
    } else if (now - upgrade.directAt >= upgradeGraceMs) {
      for (const connection of this.#needs.connections.of(peerId))
        if (!connection.direct && !connection.streams.some(({ protocol }) => protocol === STREAM_PROTOCOL_ID)) closeConnection(connection)
    }
  }

  async #dial(peerId: string, upgrade: Upgrade): Promise<void> {
    const { env, members, reach } = this.#needs
    const direct = reach.addresses(peerId, members.addresses(peerId)).filter(({ relay }) => relay === undefined)
    upgrade.dueAt = env.timers.monoMs() + upgrade.pauseMs
    upgrade.pauseMs = Math.min(upgrade.pauseMs * 2, upgradePauseMaxMs)
    if (direct.length === 0) return
    upgrade.dialing = true
    const cut = new AbortController()
    const cancel = env.timers.after(upgradeDialMs, () => cut.abort(new Error(`no direct connection within ${upgradeDialMs} ms`)))
    try {
      const { addresses } = dialTurn(direct, 0, env.limits.dialHostsMax)
      await dialFirst((address, signal) => reach.dial(address, signal), env.timers, addresses, cut.signal)
      env.log('debug', `${peerId} is reached directly now, without the relay`)
    } catch (error) {
      env.log('debug', `${peerId} is still reached through a relay: ${reasonOf(error)}`)
    } finally {
      cancel()
      upgrade.dialing = false
    }
  }
}
