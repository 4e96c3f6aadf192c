/** Processes that hold peers, as seen by the script that runs them. They die with it. */
import { Program } from '@auki/testkit/processes'
import type { DomainSteps } from './domain-steps.ts'
import type { Call, Change, Effort, Joined, Left, Standing, View } from './peers-process.ts'

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

export class PeerProcess implements AsyncDisposable {
  readonly #program: Program<Call, Change>
  readonly #saw = new Map<string, Map<string, bigint>>()
  readonly #standings = new Map<string, Standing>()
  readonly #listeners = new Set<() => void>()

  constructor() {
    this.#program = new Program(new URL('./peers-process.ts', import.meta.url), {}, { onTold: (change) => this.#onChange(change) })
  }

  /** `atNs`: begin at this instant, not before. `counted`: what it pushes shows in {@link effort}. */
  async join(cluster: string, discoveryUrl: string, { atNs = 0n, counted = false } = {}): Promise<RemotePeer> {
    const { calledAtNs, attempts, joinedAtNs, view } = await this.#program.call<Joined>({
      call: 'join',
      cluster,
      discoveryUrl,
      atNs,
      counted
    })
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
      view: () => this.#program.call<View>({ call: 'view', peerId }),
      domainSteps: () => this.#program.call<DomainSteps>({ call: 'domain-steps', peerId }),
      leave: () => this.#program.call<Left>({ call: 'leave', peerId })
    }
  }

  /** What the process has done so far. */
  effort(): Promise<Effort> {
    return this.#program.call<Effort>({ call: 'effort' })
  }

  /** Calls back after anything changed in what a peer saw; returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#program[Symbol.asyncDispose]()
  }

  /** Ends the process, and with it whoever is in it, without a goodbye. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #onChange(change: Change): void {
    if ('standing' in change) this.#standings.set(change.peerId, change.standing)
    else if (change.change === 'member-left') this.#sawAtNs(change.peerId).delete(change.member)
    else this.#sawAtNs(change.peerId).set(change.member, change.atNs)
    this.#changed()
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
