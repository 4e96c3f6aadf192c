/**
 * Two ways to send messages that have no answer.
 *
 *   LatestWins    one message per peer is under way, and of those that wait only the newest is kept: an older one never arrives after a newer one
 *   BestEffort    a bounded number per peer is under way, and more are dropped
 */

import type { RuntimeEnv } from '../exchange/env.ts'
import { pushesPerPeerMax } from '../settings.ts'

/** Opens a substream, writes the frame, closes; rejects when that failed. */
export type SendFrame = (peerId: string, frame: Uint8Array) => Promise<void>

export class LatestWins {
  readonly #send: SendFrame
  /** Peers with a push under way, and what waits behind it. */
  readonly #busy = new Map<string, Uint8Array | undefined>()

  constructor(env: RuntimeEnv, send: SendFrame) {
    this.#send = logged(env, send)
  }

  push(peerId: string, frame: Uint8Array): void {
    if (this.#busy.has(peerId)) this.#busy.set(peerId, frame)
    else void this.#sendAll(peerId, frame)
  }

  async #sendAll(peerId: string, first: Uint8Array): Promise<void> {
    for (let frame: Uint8Array | undefined = first; frame; frame = this.#busy.get(peerId)) {
      this.#busy.set(peerId, undefined)
      await this.#send(peerId, frame)
    }
    this.#busy.delete(peerId)
  }
}

export class BestEffort {
  readonly #env: RuntimeEnv
  readonly #send: SendFrame
  readonly #underWay = new Map<string, number>()

  constructor(env: RuntimeEnv, send: SendFrame) {
    this.#env = env
    this.#send = logged(env, send)
  }

  push(peerId: string, frame: Uint8Array): void {
    const underWay = this.#underWay.get(peerId) ?? 0
    if (underWay >= pushesPerPeerMax) {
      this.#env.log('debug', `dropped a message to ${peerId}, which does not take the ones before`)
      return
    }
    this.#underWay.set(peerId, underWay + 1)
    void this.#send(peerId, frame).then(() => {
      const left = this.#underWay.get(peerId)! - 1
      if (left === 0) this.#underWay.delete(peerId)
      else this.#underWay.set(peerId, left)
    })
  }
}

/** The same, which says in the log that it failed, and never rejects. */
function logged(env: RuntimeEnv, send: SendFrame): SendFrame {
  return (peerId, frame) => send(peerId, frame).catch((error: Error) => env.log('debug', `a push failed: ${error.message}`))
}
