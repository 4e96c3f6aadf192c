/**
 * Connections that have fallen silent, and what is done before they are known to be dead.
 *
 * An address in use can die while another one of the same peer works, and TCP takes minutes to notice. So a connection that something depends on (heartbeats,
 * a live stream) and that brings nothing for two beats is in doubt, as is any other whose ping waits for two seconds: the peer is dialled beside it, at its
 * other addresses first, and what is opened from then on uses the new connection. The old one is cut once the new one has carried something and the old one
 * nothing for three beats. Of two ends the one with the lower peer id dials and cuts first, so that they do not make two or cut both.
 *
 * Where no heartbeats come, each end gives a sign of life for every beat: silence must not depend on what the streams have to say. Peers that do not do so
 * are pinged, and answer.
 */

import type { Connection } from '@libp2p/interface'
import type { RuntimeEnv } from '../exchange/env.ts'
import { PROTOCOL_ID as heartbeatId } from '../protocols/heartbeat.ts'
import { heartbeatIntervalMs as beatMs } from '../protocols/limits.ts'
import { PROTOCOL_ID as streamId } from '../protocols/stream.ts'
import { doubtPingMs, higherIdWaitsMs } from '../settings.ts'
import { addressParts } from '../swarm/address-parts.ts'
import type { AllowList } from './allow-list.ts'
import type { BesideDials } from './beside-dials.ts'
import type { Carriers } from './carriers.ts'
import type { Connections } from './connections.ts'

/** Silence after which a connection is in doubt, and after which the end with the lower peer id, or the other, cuts it; in beats. */
const doubtBeats = 2
const cutBeats = { lower: 3, higher: 4 }
/** A look that comes so much later than planned shows a starved machine: more handshakes would starve it further. */
const lateRatio = 1.5

export interface DoubtsInit {
  readonly env: RuntimeEnv
  readonly localPeerId: string
  readonly members: AllowList
  readonly connections: Connections
  readonly carriers: Pick<Carriers, 'renew'>
  readonly beside: BesideDials
  /** Whether others can dial us at all. */
  readonly isDialable: () => boolean
}

interface Watched {
  /** Since when something has depended on it; `undefined`: nothing does. ms */
  carriesSinceMs: number | undefined
  nudgedAtMs: number
  /** When it came to be in doubt; `undefined`: it is not. ms */
  doubtedAtMs: number | undefined
}

export class Doubts {
  readonly #init: DoubtsInit
  readonly #watched = new WeakMap<Connection, Watched>()
  #lookedAtMs = Number.NEGATIVE_INFINITY
  /** Nobody was silent before: this machine could not listen. */
  #excusedAtMs = Number.NEGATIVE_INFINITY

  constructor(init: DoubtsInit) {
    this.#init = init
  }

  tick(): void {
    const { env, members, connections } = this.#init
    const now = env.timers.monoMs()
    if (now - this.#lookedAtMs >= lateRatio * env.limits.doubtTickMs) this.#excusedAtMs = now
    this.#lookedAtMs = now
    for (const peerId of connections.peers()) if (members.has(peerId)) this.look(peerId)
  }

  /** To be called when a peer's connections have changed, and from time to time. */
  look(peerId: string): void {
    const { env, connections, beside } = this.#init
    const open = connections.of(peerId).filter(({ status }) => status === 'open')
    for (const connection of open) this.#judge(connection)
    const doubted = open.filter((connection) => connections.isDoubted(connection))
    if (doubted.length === 0) return beside.stop(peerId)
    const sound = open.filter((connection) => !connections.isDoubted(connection))
    if (sound.length > 0) this.#replace(peerId, doubted, sound)
    else if (open.length < env.limits.besideConnectionsMax) this.#dial(peerId, doubted)
  }

  #watchOf(connection: Connection): Watched {
    let watched = this.#watched.get(connection)
    if (watched === undefined) {
      watched = { carriesSinceMs: undefined, nudgedAtMs: Number.NEGATIVE_INFINITY, doubtedAtMs: undefined }
      this.#watched.set(connection, watched)
    }
    return watched
  }

  #judge(connection: Connection): void {
    const { connections, env } = this.#init
    const watched = this.#watchOf(connection)
    const pulse = connections.pulse(connection)
    if (watched.doubtedAtMs !== undefined && pulse.heardAtMs > watched.doubtedAtMs) {
      watched.doubtedAtMs = undefined
      connections.trust(connection)
    }
    const now = env.timers.monoMs()
    if (!carries(connection, streamId, heartbeatId)) {
      watched.carriesSinceMs = undefined
      if (pulse.pingedAtMs !== undefined && this.#silentMs(connection, pulse.pingedAtMs) >= doubtPingMs) this.#doubt(connection, watched)
      return
    }
    watched.carriesSinceMs ??= now
    if (now - watched.nudgedAtMs >= beatMs && !carries(connection, heartbeatId)) {
      watched.nudgedAtMs = now
      pulse.nudge()
    }
    const silentMs = this.#silentMs(connection, watched.carriesSinceMs)
    if (silentMs >= beatMs) pulse.ping()
    if (silentMs >= doubtBeats * beatMs) this.#doubt(connection, watched)
  }

  #silentMs(connection: Connection, sinceMs = Number.NEGATIVE_INFINITY): number {
    const { connections, env } = this.#init
    return env.timers.monoMs() - Math.max(connections.pulse(connection).heardAtMs, sinceMs, this.#excusedAtMs)
  }

  #doubt(connection: Connection, watched: Watched): void {
    if (watched.doubtedAtMs !== undefined) return
    const { connections, env } = this.#init
    watched.doubtedAtMs = env.timers.monoMs()
    connections.doubt(connection)
    env.log('debug', `a connection to ${connection.remotePeer} has fallen silent`)
  }

  #dial(peerId: string, doubted: readonly Connection[]): void {
    const { env, beside, isDialable } = this.#init
    const since = Math.max(...doubted.map((connection) => this.#watchOf(connection).doubtedAtMs ?? 0))
    const waitMs = this.#isLower(peerId) || !isDialable() ? 0 : higherIdWaitsMs
    if (env.timers.monoMs() - since < waitMs) return
    beside.start(peerId, new Set(doubted.map(({ remoteAddr }) => addressParts(`${remoteAddr}`).host)))
  }

  /** There is another connection: it takes over, once it is known to work. */
  #replace(peerId: string, doubted: readonly Connection[], sound: readonly Connection[]): void {
    const { connections, carriers, beside } = this.#init
    beside.stop(peerId)
    if (doubted.some(({ streams }) => streams.some(({ protocol, direction }) => protocol === heartbeatId && direction === 'outbound')))
      carriers.renew(peerId)
    const since = Math.min(...doubted.map((connection) => this.#watchOf(connection).doubtedAtMs ?? 0))
    const working = sound.some((connection) => {
      const pulse = connections.pulse(connection)
      if (pulse.heardAtMs > Math.max(pulse.openedAtMs, since)) return true
      pulse.ping()
      if (this.#silentMs(connection, pulse.pingedAtMs) >= doubtBeats * beatMs) this.#doubt(connection, this.#watchOf(connection))
      return false
    })
    const patienceMs = cutBeats[this.#isLower(peerId) ? 'lower' : 'higher'] * beatMs
    if (working) for (const connection of doubted) if (this.#silentMs(connection) >= patienceMs) this.#cut(connection)
  }

  #cut(connection: Connection): void {
    this.#init.env.log('debug', `cut a silent connection to ${connection.remotePeer}: another one works`)
    connection.abort(new Error('it has fallen silent, and another connection works'))
  }

  #isLower(peerId: string): boolean {
    return this.#init.localPeerId < peerId
  }
}

function carries({ streams }: Connection, ...protocols: readonly string[]): boolean {
  return streams.some(({ protocol, status }) => status === 'open' && protocols.includes(protocol))
}
