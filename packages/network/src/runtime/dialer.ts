/**
 * Keeps us connected to every member that has an address.
 *
 * Each member has a schedule: when it is due next, and how long the pause after the next failure is. Every outcome of a dial, one that failed
 * before it began included, ends in a next step; a peer without one would never be tried again.
 */
import type { Multiaddr } from '@multiformats/multiaddr'
import type { SwarmNode } from '../swarm/swarm.ts'
import type { AllowList } from './allow-list.ts'
import { type Connections, closeConnection } from './connections.ts'
import { dialAddresses, dialFirst } from './dial.ts'
import type { RuntimeEnv } from './env.ts'
import { DeadlineError } from './errors.ts'

/** One dial over all addresses of a peer; the redial schedule goes on from there. */
const dialMs = 10_000
/** Dials under way at once; the others wait for their turn. */
const dialsMax = 128

interface Schedule {
  dueAt: number
  backoffMs: number
  /** The dial under way. */
  dialing: AbortController | undefined
  /** Asked for while a dial to older addresses was under way: dial again as soon as it has ended. */
  again: boolean
}

/** Tells how a dial ended, for those who wait for it. */
export type DialSettled = (peerId: string, error: Error | undefined) => void

export class Dialer {
  readonly #env: RuntimeEnv
  readonly #node: SwarmNode
  readonly #members: AllowList
  readonly #connections: Connections
  readonly #settled: DialSettled
  readonly #schedules = new Map<string, Schedule>()
  #dialing = 0

  constructor(env: RuntimeEnv, node: SwarmNode, members: AllowList, connections: Connections, settled: DialSettled) {
    this.#env = env
    this.#node = node
    this.#members = members
    this.#connections = connections
    this.#settled = settled
  }

  /** Makes a member due now, whatever its backoff says; `addressesChanged` cuts a dial to the old ones short. */
  dialNow(peerId: string, addressesChanged = false): void {
    const schedule = this.#scheduleOf(peerId)
    schedule.dueAt = this.#env.timers.now()
    if (schedule.dialing && addressesChanged) {
      schedule.again = true
      schedule.dialing.abort(new Error('the peer has other addresses now'))
    } else this.#dialIfDue(peerId, schedule)
  }

  /** Back to the shortest pause: we are connected. It is due again as soon as that ends, though not at once after a connection that didn't last. */
  connected(peerId: string): void {
    const schedule = this.#schedules.get(peerId)
    if (!schedule) return
    schedule.backoffMs = this.#env.limits.redialBackoffMinMs
    schedule.dueAt = this.#env.timers.now() + this.#jittered(schedule.backoffMs)
  }

  /** No more dials to a peer that is no member any longer. */
  forget(peerId: string): void {
    this.#schedules.get(peerId)?.dialing?.abort(new Error('the peer is no member any longer'))
    this.#schedules.delete(peerId)
  }

  /** Dials whoever is due and not connected. */
  tick(): void {
    for (const peerId of this.#members.peers()) this.#dialIfDue(peerId, this.#scheduleOf(peerId))
  }

  isDialing(peerId: string): boolean {
    return this.#schedules.get(peerId)?.dialing !== undefined
  }

  stop(): void {
    for (const peerId of [...this.#schedules.keys()]) this.forget(peerId)
  }

  #scheduleOf(peerId: string): Schedule {
    let schedule = this.#schedules.get(peerId)
    if (!schedule) {
      schedule = { dueAt: this.#env.timers.now(), backoffMs: this.#env.limits.redialBackoffMinMs, dialing: undefined, again: false }
      this.#schedules.set(peerId, schedule)
    }
    return schedule
  }

  #dialIfDue(peerId: string, schedule: Schedule): void {
    if (schedule.dialing || this.#dialing >= dialsMax || schedule.dueAt > this.#env.timers.now()) return
    if (peerId === this.#node.libp2p.peerId.toString() || this.#connections.has(peerId)) return
    if (this.#members.addresses(peerId).length === 0) return
    const addresses = dialAddresses(peerId, this.#members.addresses(peerId))
    const dialing = new AbortController()
    schedule.dialing = dialing
    this.#dialing++
    void this.#dial(addresses, dialing)
      .then(
        () => undefined,
        (error: Error) => error
      )
      .then((error) => this.#ended(peerId, schedule, error))
  }

  async #dial(addresses: readonly Multiaddr[], dialing: AbortController): Promise<void> {
    const { timers } = this.#env
    const cancel = timers.after(dialMs, () => dialing.abort(new DeadlineError('dial', dialMs)))
    try {
      const connection = await dialFirst(this.#node.parts, timers, addresses, dialing.signal)
      // It may have stood by the time we gave it up; then nobody would close it.
      if (dialing.signal.aborted) closeConnection(connection)
    } finally {
      cancel()
    }
  }

  #ended(peerId: string, schedule: Schedule, error: Error | undefined): void {
    const wasFull = this.#dialing-- >= dialsMax
    schedule.dialing = undefined
    if (this.#schedules.get(peerId) === schedule) this.#scheduleNext(peerId, schedule, error)
    if (wasFull) this.tick()
  }

  #scheduleNext(peerId: string, schedule: Schedule, error: Error | undefined): void {
    if (schedule.again) {
      schedule.again = false
      this.#dialIfDue(peerId, schedule)
      return
    }
    schedule.dueAt = this.#env.timers.now() + this.#jittered(schedule.backoffMs)
    if (error) {
      schedule.backoffMs = Math.min(schedule.backoffMs * 2, this.#env.limits.redialBackoffMaxMs)
      this.#env.log('debug', `dialling ${peerId} failed: ${error.message}`)
    }
    this.#settled(peerId, error)
  }

  #jittered(pauseMs: number): number {
    return pauseMs * (1 + this.#env.limits.redialJitterRatio * (2 * this.#env.random() - 1))
  }
}
