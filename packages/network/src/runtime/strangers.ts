/**
 * Connected peers that are no members.
 *
 * Anybody may connect, for nobody is a member before the first join; whoever then neither joins nor is let in is sent away. A join request
 * restarts the grace, and while its answer is out the stranger stays.
 */
import type { RuntimeEnv } from '../exchange/env.ts'

interface Stranger {
  idleSince: number
  joins: number
}

export class Strangers {
  readonly #env: RuntimeEnv
  readonly #disconnect: (peerId: string) => void
  /** Longest-idle first: whoever shows a sign of life goes to the end. */
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
    if (longestIdle !== undefined) this.#sendAway(longestIdle, 'there are too many strangers')
  }

  /** It is gone, or no stranger any more. */
  forget(peerId: string): void {
    this.#idle.delete(peerId)
  }

  /** A join request came in; the returned function tells that it has been answered, and the grace begins anew. */
  joining(peerId: string): () => void {
    const stranger = this.#idle.get(peerId)
    if (!stranger) return () => {}
    stranger.joins++
    return () => {
      stranger.joins--
      this.#restartGrace(peerId, stranger)
    }
  }

  /** Sends away whose grace is over, except those we keep on purpose. */
  tick(keep: (peerId: string) => boolean): void {
    const now = this.#env.timers.monoMs()
    for (const [peerId, stranger] of [...this.#idle]) {
      if (now - stranger.idleSince < this.#env.limits.strangerGraceMs) return
      if (stranger.joins > 0 || keep(peerId)) this.#restartGrace(peerId, stranger)
      else this.#sendAway(peerId, 'it did not join')
    }
  }

  #restartGrace(peerId: string, stranger: Stranger): void {
    if (this.#idle.get(peerId) !== stranger) return
    stranger.idleSince = this.#env.timers.monoMs()
    this.#idle.delete(peerId)
    this.#idle.set(peerId, stranger)
  }

  #sendAway(peerId: string, why: string): void {
    this.#idle.delete(peerId)
    this.#env.log('debug', `disconnecting ${peerId}, which is no member: ${why}`)
    this.#disconnect(peerId)
  }
}
