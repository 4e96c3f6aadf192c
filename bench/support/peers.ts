/** Processes that hold peers, as seen by the script that runs them. They die with it. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { DomainSteps } from './domain-steps.ts'
import type { Answer, Call, Effort, FromChild, Joined, Left, Standing, View } from './peers-process.ts'
import { reap } from './reap.ts'

export type { Effort, View } from './peers-process.ts'

/** A peer in one of the processes. */
export interface RemotePeer {
  readonly peerId: string
  /** When `Domain.join` was called and when it resolved: ns on the machine's monotonic clock. */
  readonly calledAtNs: bigint
  /** How often it had to ask. */
  readonly attempts: number
  readonly joinedAtNs: bigint
  /** When each member was first seen by this peer, by peer id; ns on the same clock. Those seen when it had joined have the time of that. */
  readonly sawAtNs: ReadonlyMap<string, bigint>
  /** As last told. */
  readonly standing: Standing
  view(): Promise<View>
  /** How smoothly domain time went on since the last time; watched from the first time on. */
  domainSteps(): Promise<DomainSteps>
  /** Resolves when it has left. */
  leave(): Promise<Left>
}

const file = fileURLToPath(new URL('./peers-process.ts', import.meta.url))

export class PeerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #calls = new Map<number, PromiseWithResolvers<Answer>>()
  readonly #saw = new Map<string, Map<string, bigint>>()
  readonly #standings = new Map<string, Standing>()
  readonly #listeners = new Set<() => void>()
  #no = 0

  constructor() {
    this.#child = fork(file, { serialization: 'advanced' })
    reap(this.#child)
    this.#child.on('message', (message) => this.#onMessage(message as FromChild))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = promise
    this.#child.on('exit', (code, signal) => {
      for (const call of this.#calls.values()) call.reject(new Error(`the process of the peer ended with ${code ?? signal}`))
      resolve()
    })
  }

  /** `atNs`: begin at this instant, not before. `counted`: what it pushes shows in {@link effort}. */
  async join(cluster: string, discoveryUrl: string, { atNs = 0n, counted = false } = {}): Promise<RemotePeer> {
    const { calledAtNs, attempts, joinedAtNs, view } = await this.#call<Joined>({ call: 'join', cluster, discoveryUrl, atNs, counted })
    const { peerId, managerPeerId, role } = view
    const sawAtNs = this.#sawAtNs(peerId)
    for (const member of view.members) sawAtNs.set(member, joinedAtNs)
    const standings = this.#standings
    if (!standings.has(peerId)) standings.set(peerId, { managerPeerId, role, atNs: joinedAtNs })
    this.#changed()
    return {
      peerId,
      calledAtNs,
      attempts,
      joinedAtNs,
      sawAtNs,
      get standing() {
        return standings.get(peerId)!
      },
      view: () => this.#call<View>({ call: 'view', peerId }),
      domainSteps: () => this.#call<DomainSteps>({ call: 'domain-steps', peerId }),
      leave: () => this.#call<Left>({ call: 'leave', peerId })
    }
  }

  /** What the process has done so far. */
  effort(): Promise<Effort> {
    return this.#call<Effort>({ call: 'effort' })
  }

  /** Calls back after anything changed in what a peer saw; returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** Ends the process, and with it whoever is in it, without a goodbye. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    await this.#ended
  }

  /** A call of a kind is answered with what belongs to it. */
  #call<A extends Answer>(call: Call): Promise<A> {
    this.#no += 1
    const waiting = Promise.withResolvers<Answer>()
    this.#calls.set(this.#no, waiting)
    this.#child.send({ no: this.#no, call })
    return waiting.promise as Promise<A>
  }

  #onMessage(message: FromChild): void {
    if ('standing' in message) {
      this.#standings.set(message.peerId, message.standing)
      this.#changed()
      return
    }
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
