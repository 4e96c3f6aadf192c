/** Tells, once a beat, that bytes of a protocol of ours have come from a peer: it lives, even where its heartbeats wait behind bulk data. */
import type { RuntimeEnv } from '../exchange/env.ts'
import { PROTOCOL_ID as heartbeatId } from '../protocols/heartbeat.ts'

export class SignsOfLife {
  readonly #env: RuntimeEnv
  readonly #seen: (peerId: string) => void
  /** When each peer was told of, ms. */
  readonly #toldAtMs = new Map<string, number>()

  constructor(env: RuntimeEnv, seen: (peerId: string) => void) {
    this.#env = env
    this.#seen = seen
  }

  /** Heartbeats are told by themselves. */
  bytes(peerId: string, protocol: string): void {
    if (protocol === heartbeatId) return
    const now = this.#env.timers.monoMs()
    if (now - (this.#toldAtMs.get(peerId) ?? Number.NEGATIVE_INFINITY) < this.#env.limits.heartbeatIntervalMs) return
    this.#toldAtMs.set(peerId, now)
    this.#seen(peerId)
  }

  /** It is disconnected. */
  forget(peerId: string): void {
    this.#toldAtMs.delete(peerId)
  }
}
