/**
 * Connected peers that are not members.
 *
 * Anybody may connect, since nobody is a member before joining. A stranger that has not become a member within a grace period is disconnected. A join request
 * starts the period anew, and until it is answered the stranger stays.
 */
import type { RuntimeEnv } from '../exchange/env.ts'

interface Stranger {
  idleSince: number
  joins: number
}

export class Strangers {
  readonly #env: RuntimeEnv
  readonly #disconnect: (peerId: string) => void
  /** Longest-idle first; a join request moves its peer to the end. */
  readonly #idle = new Map<string, Stranger>()

  constructor(env: RuntimeEnv, disconnect: (peerId: string) => void) {
    this.#env = env
    this.#disconnect = disconnect
  }

  /** A peer that is no member has connected. */
  connected(peerId: string): void {
    if (!this.#idle.has(peerId)) this.#idle.set(peerId, { idleSince: this.#env.timers.monoMs(), joins: 0 })
    if (this.#idle.size <= this.#env.limits.strangersMax) return
    const [longestIdle] = [...this.#idle].find(([, { joins }]) => joins === 0) ?? []
    if (longestIdle !== undefined) this.#disconnectStranger(longestIdle, 'there are too many strangers')
  }

  /** It has disconnected, or became a member. */
  forget(peerId: string): void {
    this.#idle.delete(peerId)
  }

  /** A join request has arrived; the returned function is to be called when it is answered, and starts the grace period anew. */
  joining(peerId: string): () => void {
    const stranger = this.#idle.get(peerId)
    if (!stranger) return () => {}
    stranger.joins++
    return () => {
      stranger.joins--
      this.#restartGrace(peerId, stranger)
    }
  }

  /** Disconnects those whose grace period is over, except those that `keep` names. */
  tick(keep: (peerId: string) => boolean): void {
    const now = this.#env.timers.monoMs()
    for (const [peerId, stranger] of [...this.#idle]) {
      if (now - stranger.idleSince < this.#env.limits.strangerGraceMs) return
      if (stranger.joins > 0 || keep(peerId)) this.#restartGrace(peerId, stranger)
      else this.#disconnectStranger(peerId, 'it did not join')
    }
  }

  #restartGrace(peerId: string, stranger: Stranger): void {
    if (this.#idle.get(peerId) !== stranger) return
    stranger.idleSince = this.#env.timers.monoMs()
    this.#idle.delete(peerId)
    this.#idle.set(peerId, stranger)
  }

  #disconnectStranger(peerId: string, why: string): void {
    this.#idle.delete(peerId)
    this.#env.log('debug', `disconnecting ${peerId}, which is no member: ${why}`)
    this.#disconnect(peerId)
  }
}
