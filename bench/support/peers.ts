/** Processes that hold peers, as seen by the script that runs them. They die with it. */
import type { PresetName } from '@auki/domain'
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
  /** When each was last seen to go, by peer id. */
  readonly goneAtNs: ReadonlyMap<string, bigint>
  /** As last told. */
  readonly standing: Standing
  view(): Promise<View>
  /** How smoothly domain time went on since the last time; watched from the first time on. */
  domainSteps(): Promise<DomainSteps>
  /** Resolves when it has left. */
  leave(): Promise<Left>
}

export interface JoinHow {
  /** Begin at this instant, not before. */
  readonly atNs?: bigint
  /** What it pushes shows in {@link PeerProcess.effort}. */
  readonly counted?: boolean
  /** Default: robust. */
  readonly preset?: PresetName
}

export class PeerProcess implements AsyncDisposable {
  readonly #program: Program<Call, Change>
  readonly #saw = new Map<string, Map<string, bigint>>()
  readonly #gone = new Map<string, Map<string, bigint>>()
  readonly #standings = new Map<string, Standing>()
  readonly #listeners = new Set<() => void>()

  constructor() {
    this.#program = new Program(new URL('./peers-process.ts', import.meta.url), {}, { onTold: (change) => this.#onChange(change) })
  }

  async join(cluster: string, discoveryUrl: string, { atNs = 0n, counted = false, preset = 'robust' }: JoinHow = {}): Promise<RemotePeer> {
    const { calledAtNs, attempts, joinedAtNs, view } = await this.#program.call<Joined>({
      call: 'join',
      cluster,
      discoveryUrl,
      atNs,
      counted,
      preset
    })
    const { peerId, managerPeerId, role } = view
    const sawAtNs = timesOf(this.#saw, peerId)
    const goneAtNs = timesOf(this.#gone, peerId)
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
      goneAtNs,
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
    const { peerId } = change
    if ('standing' in change) this.#standings.set(peerId, change.standing)
    else if (change.change === 'member-left') {
      timesOf(this.#saw, peerId).delete(change.member)
      timesOf(this.#gone, peerId).set(change.member, change.atNs)
    } else timesOf(this.#saw, peerId).set(change.member, change.atNs)
    this.#changed()
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

/** Of one peer, by peer id of the other. */
function timesOf(all: Map<string, Map<string, bigint>>, peerId: string): Map<string, bigint> {
  const known = all.get(peerId)
  if (known !== undefined) return known
  const fresh = new Map<string, bigint>()
  all.set(peerId, fresh)
  return fresh
}
