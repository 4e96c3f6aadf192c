/** Processes that hold peers, as seen by the script that runs them. They die with it. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Answer, Call, FromChild, View } from './peers-process.ts'

export type { View } from './peers-process.ts'

/** A peer in one of the processes. */
export interface RemotePeer {
  readonly peerId: string
  /** When `Domain.join` was called and when it resolved: ns on the machine's monotonic clock. */
  readonly calledAtNs: bigint
  readonly joinedAtNs: bigint
  /** When each member was first seen by this peer, by peer id; ns on the same clock. Those seen when it had joined have the time of that. */
  readonly sawAtNs: ReadonlyMap<string, bigint>
  view(): Promise<View>
  leave(): Promise<void>
}

const file = fileURLToPath(new URL('./peers-process.ts', import.meta.url))

export class PeerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #calls = new Map<number, PromiseWithResolvers<Answer>>()
  readonly #saw = new Map<string, Map<string, bigint>>()
  readonly #listeners = new Set<() => void>()
  #no = 0

  constructor() {
    this.#child = fork(file, { serialization: 'advanced' })
    this.#child.on('message', (message) => this.#onMessage(message as FromChild))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = promise
    this.#child.on('exit', (code, signal) => {
      for (const call of this.#calls.values()) call.reject(new Error(`the process of the peer ended with ${code ?? signal}`))
      resolve()
    })
  }

  /** `atNs`: begin at this instant, not before. */
  async join(cluster: string, discoveryUrl: string, atNs = 0n): Promise<RemotePeer> {
    const answer = await this.#call({ call: 'join', cluster, discoveryUrl, atNs })
    if (answer === undefined || !('calledAtNs' in answer)) throw new Error('the answer to a join is none')
    const { calledAtNs, joinedAtNs, view } = answer
    const { peerId } = view
    const sawAtNs = this.#sawAtNs(peerId)
    for (const member of view.members) sawAtNs.set(member, joinedAtNs)
    this.#changed()
    return {
      peerId,
      calledAtNs,
      joinedAtNs,
      sawAtNs,
      view: async () => (await this.#call({ call: 'view', peerId })) as View,
      leave: async () => {
        await this.#call({ call: 'leave', peerId })
      }
    }
  }

  /** Calls back after anything changed in what a peer saw; returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Ends the process, and with it whoever is in it, without a goodbye. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    await this.#ended
  }

  #call(call: Call): Promise<Answer> {
    this.#no += 1
    const waiting = Promise.withResolvers<Answer>()
    this.#calls.set(this.#no, waiting)
    this.#child.send({ no: this.#no, call })
    return waiting.promise
  }

  #onMessage(message: FromChild): void {
    if ('change' in message) {
      const { peerId, change, member, atNs } = message
      if (change === 'member-left') this.#sawAtNs(peerId).delete(member)
      else this.#sawAtNs(peerId).set(member, atNs)
      this.#changed()
      return
    }
    const waiting = this.#calls.get(message.no)
    this.#calls.delete(message.no)
    if ('error' in message) waiting?.reject(new Error(message.error))
    else waiting?.resolve(message.answer)
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  #sawAtNs(peerId: string): Map<string, bigint> {
    const known = this.#saw.get(peerId)
    if (known !== undefined) return known
    const fresh = new Map<string, bigint>()
    this.#saw.set(peerId, fresh)
    return fresh
  }
}
