/**
 * All heartbeat carriers.
 *
 * Those that we open and those that peers open are kept apart: a change of our targets must never touch a carrier that a peer has opened. A carrier that ends
 * does not mean that its peer is lost: ours are opened again within half a second. When a peer counts as lost is decided elsewhere.
 */
import { toError } from '@auki/canonical'
import type { Stream } from '@libp2p/interface'
import type { RuntimeEnv } from '../exchange/env.ts'
import { Exchange } from '../exchange/exchange.ts'
import { ResetError } from '../exchange/exchange-errors.ts'
import type { OpenSubstream } from '../exchange/outgoing.ts'
import { pause } from '../exchange/pause.ts'
import type { Reading } from '../exchange/reading.ts'
import { Substream } from '../exchange/substream.ts'
import { PROTOCOL_ID } from '../protocols/heartbeat.ts'
import type { AllowList } from './allow-list.ts'
import { Carrier, type CarrierSink } from './carrier.ts'
import type { Connections } from './connections.ts'
import type { HeartbeatSource, LivenessEvent } from './peer-runtime.ts'

interface CarriersInit {
  readonly env: RuntimeEnv
  readonly source: HeartbeatSource
  readonly members: AllowList
  readonly connections: Connections
  readonly open: OpenSubstream
  readonly reading: Reading
  readonly emit: (event: LivenessEvent) => void
}

export class Carriers {
  readonly #init: CarriersInit
  readonly #inbound = new Map<string, Carrier>()
  readonly #outbound = new Map<string, Carrier>()
  /** Targets whose carrier is being opened. */
  readonly #opening = new Map<string, Exchange>()
  #targets = new Set<string>()
  #stopped = false

  constructor(init: CarriersInit) {
    this.#init = init
  }

  setTargets(peerIds: readonly string[]): void {
    this.#targets = new Set(peerIds)
    for (const peerId of [...this.#outbound.keys(), ...this.#opening.keys()]) {
      if (!this.#targets.has(peerId)) this.#stopOutbound(peerId, new ResetError('no heartbeat target any longer'))
    }
    this.reconcile()
  }

  /** Opens the missing carriers: to every target that is a connected member. */
  reconcile(): void {
    for (const peerId of this.#targets) {
      if (this.#wanted(peerId) && !this.#outbound.has(peerId) && !this.#opening.has(peerId)) void this.#open(peerId)
    }
  }

  /** Opens the carrier to a target anew, on the connection that is the best now. */
  renew(peerId: string): void {
    this.#stopOutbound(peerId, new ResetError('replaced by a carrier on another connection'))
    this.reconcile()
  }

  /** A member has opened a carrier to us; it replaces the one it had. */
  accept(peerId: string, stream: Stream): void {
    this.#inbound.get(peerId)?.stop(new ResetError('replaced by a new carrier'))
    this.#run(peerId, new Substream(stream), this.#inbound)
  }

  /** The peer has left the allow-list: both directions end. */
  revoke(peerId: string): void {
    const reason = new ResetError('no member any longer')
    this.#inbound.get(peerId)?.stop(reason)
    this.#inbound.delete(peerId)
    this.#stopOutbound(peerId, reason)
  }

  stop(): void {
    this.#stopped = true
    this.#targets.clear()
    for (const peerId of [...this.#inbound.keys(), ...this.#outbound.keys(), ...this.#opening.keys()]) this.revoke(peerId)
  }

  #wanted(peerId: string): boolean {
    const { members, connections } = this.#init
    return !this.#stopped && this.#targets.has(peerId) && members.has(peerId) && connections.has(peerId)
  }

  #stopOutbound(peerId: string, reason: Error): void {
    this.#opening.get(peerId)?.abort(reason)
    this.#outbound.get(peerId)?.stop(reason)
    this.#outbound.delete(peerId)
  }

  /** Several attempts in a row; when none succeeds the carrier is reported closed, and the next tick tries again. */
  async #open(peerId: string): Promise<void> {
    const { env, open, emit } = this.#init
    const exchange = new Exchange(env)
    this.#opening.set(peerId, exchange)
    let failure = new Error('not connected')
    for (let attempt = 1; attempt <= env.limits.heartbeatOpenAttemptsMax && this.#wanted(peerId) && !exchange.signal.aborted; attempt++) {
      try {
        if (attempt > 1) await pause(env.timers, env.limits.heartbeatOpenPauseMs, exchange.signal)
        const substream = await exchange.within('open', env.limits.pushPhaseMs, () => open(peerId, PROTOCOL_ID, exchange.signal))
        this.#opening.delete(peerId)
        if (this.#wanted(peerId)) this.#run(peerId, substream, this.#outbound)
        else substream.reset(new ResetError('no heartbeat target any longer'))
        return
      } catch (error) {
        failure = toError(error)
      }
    }
    this.#opening.delete(peerId)
    if (!this.#wanted(peerId)) return
    env.log('debug', `cannot open a heartbeat carrier to ${peerId}: ${failure.message}`)
    emit({ type: 'heartbeat-stream-closed', peerId })
  }

  #run(peerId: string, substream: Substream, carriers: Map<string, Carrier>): void {
    const { env, source, reading, emit } = this.#init
    const sink: CarrierSink = {
      received: (heartbeat, receivedAtClockNs, sample) => {
        emit({ type: 'heartbeat-received', peerId, heartbeat, receivedAtClockNs })
        if (!sample) return
        emit({
          type: 'ntp-sample-observed',
          peerId,
          localClockId: source.clockId,
          localClockHash: source.clockHash,
          remoteClockId: heartbeat.clockId,
          remoteClockHash: heartbeat.clockHash,
          sample
        })
      },
      stalled: (waitedMs) => emit({ type: 'heartbeat-write-stalled', peerId, waitedMs }),
      ended: () => {
        if (carriers.get(peerId) === carrier) carriers.delete(peerId)
        emit({ type: 'heartbeat-stream-closed', peerId })
      }
    }
    const carrier = new Carrier({ env, source, peerId, substream, sink, reading })
    carriers.set(peerId, carrier)
    carrier.start()
  }
}
