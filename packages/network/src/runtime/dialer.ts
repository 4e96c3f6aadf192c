/**
 * Keeps us connected to every member that has an address.
 *
 * Each member has a schedule: when it is dialled next, and the backoff after the next failure. Every outcome of a dial, also one that failed before it began,
 * sets the next time; a peer without one would never be tried again.
 *
 * Members announce their own addresses, so what one of them can make all others dial is bounded: new addresses of a member are used at most every few seconds,
 * a dial goes to a few hosts, and dials are rate-limited. Only the Manager that the Discovery row names is exempt.
 */

import type { RuntimeEnv } from '../exchange/env.ts'
import { DeadlineError } from '../exchange/exchange-errors.ts'
import { briefConnectMs, dialsMax, dialTurnMs, memberDialMs } from '../settings.ts'
import type { SwarmNode } from '../swarm/swarm.ts'
import { type AllowList, sameAddresses } from './allow-list.ts'
import { type Connections, closeConnection } from './connections.ts'
import { type DialTurn, dialFirst, dialTurn } from './dial.ts'
import { DialRate } from './dial-rate.ts'
import type { Reach } from './reach.ts'

interface Schedule {
  dueAt: number
  backoffMs: number
  /** The dial under way. */
  dialing: AbortController | undefined
  /** When the last dial began. */
  begunAt: number
  /** No dial before this, except at once: stops the alarm for it. */
  cancelAlarm: () => void
  /** Asked for while a dial to older addresses was under way: dial again as soon as it has ended. */
  again: boolean
  /** Its addresses have changed, and the new ones were not dialled yet. */
  moved: boolean
  /** The host at which the next dial begins; 0: all have been tried. */
  nextHost: number
}

/** The addresses of a member that are dialled, and since when. */
interface Applied {
  readonly multiaddrs: readonly string[]
  readonly at: number
}

/** Tells how a dial ended, for those who wait for it. */
export type DialSettled = (peerId: string, error: Error | undefined) => void

export interface DialerNeeds {
  readonly env: RuntimeEnv
  readonly node: SwarmNode
  readonly members: AllowList
  readonly connections: Connections
  readonly reach: Reach
  readonly settled: DialSettled
}

export class Dialer {
  readonly #needs: DialerNeeds
  readonly #schedules = new Map<string, Schedule>()
  /** Kept for a while after a peer has left: leaving and joining again must not get around the limit on new addresses. */
  readonly #applied = new Map<string, Applied>()
  readonly #rate: DialRate
  /** What the last dial of each member failed of. */
  readonly #failures = new Map<string, Error>()
  #dialing = 0
  #hurried = false

  constructor(needs: DialerNeeds) {
    this.#needs = needs
    this.#rate = new DialRate(needs.env.limits.dialsPerSecondMax, needs.env.limits.dialsBurstMax)
  }

  /** Makes a member due now, whatever its backoff says; `addressesChanged` cuts a dial to the old ones short. */
  dialNow(peerId: string, addressesChanged = false): void {
    const schedule = this.#scheduleOf(peerId)
    schedule.moved ||= addressesChanged
    if (schedule.moved && !this.#mayApply(peerId)) return
    schedule.dueAt = this.#needs.env.timers.monoMs()
    if (schedule.dialing && schedule.moved) {
      schedule.again = true
      schedule.dialing.abort(new Error('the peer has other addresses now'))
    } else this.#dialIfDue(peerId, schedule)
    schedule.moved = false
  }

  /**
   * Of two followers that have heard of each other the one with the lower peer id dials, within a second: the handshakes of all pairs at once would delay
   * the joins that made them. The other dials when nobody has come by then, or in its place where it cannot be dialled itself.
   */
  dialAtLeisure(peerId: string): void {
    const { env, node } = this.#needs
    const { dialLeisureMs, dialSecondMs } = env.limits
    const isFirst = node.libp2p.peerId.toString() < peerId || node.candidates().length === 0
    this.#dialIn(peerId, isFirst ? env.random() * dialLeisureMs : dialLeisureMs + dialSecondMs)
  }

  #dialIn(peerId: string, delayMs: number): void {
    const { timers } = this.#needs.env
    const schedule = this.#scheduleOf(peerId)
    schedule.dueAt = timers.monoMs() + delayMs
    schedule.cancelAlarm()
    schedule.cancelAlarm = timers.after(delayMs, () => this.#dialIfDue(peerId, schedule))
  }

  /** The last connection has closed; of two followers the one with the higher peer id leaves it to the other for a moment. */
  disconnected(peerId: string): void {
    const { env, members, node } = this.#needs
    const schedule = this.#schedules.get(peerId)
    if (!schedule || !members.isFellow(peerId) || node.libp2p.peerId.toString() < peerId) return
    schedule.dueAt = Math.max(schedule.dueAt, env.timers.monoMs() + env.limits.dialSecondMs)
  }

  /** While it is on nobody has a backoff. */
  hurry(on: boolean): void {
    this.#hurried = on
    if (on) this.#forgiveFailures()
  }

  /** Whoever was not reached so far is tried again at once. */
  #forgiveFailures(): void {
    for (const peerId of this.#failures.keys()) {
      const schedule = this.#scheduleOf(peerId)
      schedule.backoffMs = this.#needs.env.limits.redialBackoffMinMs
      schedule.dueAt = Math.min(schedule.dueAt, Math.max(this.#needs.env.timers.monoMs(), schedule.begunAt + schedule.backoffMs))
    }
    this.tick()
  }

  /** The addresses at which a peer may be dialled now, beside a connection that it has; `undefined`: not now. Counts as a dial. */
  mayDial(peerId: string): readonly string[] | undefined {
    const { members } = this.#needs
    if (members.addresses(peerId).length === 0) return undefined
    this.#apply(peerId, this.#scheduleOf(peerId))
    return members.isManager(peerId) || this.mayConnect() ? this.#applied.get(peerId)?.multiaddrs : undefined
  }

  /** Whether one more dial is allowed now; counts as one. */
  mayConnect(): boolean {
    return this.#rate.take(this.#needs.env.timers.monoMs())
  }

  /** Back to the shortest pause: we are connected. It is due again as soon as that ends, though not at once after a connection that didn't last. */
  connected(peerId: string): void {
    this.#failures.delete(peerId)
    // Somebody is reached: after a time in which nobody was, the others may be, too.
    if (this.#failures.size > 0 && (this.#hurried || this.#needs.connections.peers().length === 1)) this.#forgiveFailures()
    const schedule = this.#schedules.get(peerId)
    if (!schedule) return
    schedule.backoffMs = this.#needs.env.limits.redialBackoffMinMs
    schedule.dueAt = this.#needs.env.timers.monoMs() + this.#jittered(schedule.backoffMs)
  }

  /** No more dials to a peer that is no member any longer. */
  forget(peerId: string): void {
    this.#failures.delete(peerId)
    const schedule = this.#schedules.get(peerId)
    schedule?.cancelAlarm()
    schedule?.dialing?.abort(new Error('the peer is no member any longer'))
    this.#schedules.delete(peerId)
  }

  /** Dials the peers that are due and not connected, those that have waited longest first: the rate limit would starve the others. */
  tick(): void {
    const schedules = this.#needs.members.peers().map((peerId) => ({ peerId, schedule: this.#scheduleOf(peerId) }))
    for (const { peerId, schedule } of schedules.sort((a, b) => a.schedule.dueAt - b.schedule.dueAt)) {
      if (schedule.moved) this.dialNow(peerId)
      else this.#dialIfDue(peerId, schedule)
    }
    for (const peerId of this.#applied.keys()) if (!this.#schedules.has(peerId) && this.#mayApply(peerId)) this.#applied.delete(peerId)
  }

  /** What the last dial failed of, or what the first one is waiting for; `undefined`: connected since, or none was begun. */
  failureOf(peerId: string): Error | undefined {
    const { reach, members } = this.#needs
    if (this.#schedules.get(peerId)?.dialing === undefined) return this.#failures.get(peerId)
    const waiting = () =>
      new Error(`no answer yet from ${reach.addresses(peerId, members.addresses(peerId)).map(({ multiaddr }) => multiaddr)}`)
    return this.#failures.get(peerId) ?? waiting()
  }

  /** Whether its last dial to all its addresses has failed. */
  hasFailed(peerId: string): boolean {
    return this.#failures.has(peerId)
  }

  stop(): void {
    for (const peerId of [...this.#schedules.keys()]) this.forget(peerId)
  }

  #scheduleOf(peerId: string): Schedule {
    let schedule = this.#schedules.get(peerId)
    if (!schedule) {
      const { redialBackoffMinMs: backoffMs } = this.#needs.env.limits
      const now = this.#needs.env.timers.monoMs()
      const idle = { dialing: undefined, begunAt: Number.NEGATIVE_INFINITY, cancelAlarm: () => {} }
      schedule = { ...idle, dueAt: now, backoffMs, again: false, moved: false, nextHost: 0 }
      this.#schedules.set(peerId, schedule)
    }
    return schedule
  }

  /** Whether its present addresses are dialled already, or may be from now on. */
  #mayApply(peerId: string): boolean {
    const applied = this.#applied.get(peerId)
    if (applied === undefined || this.#needs.members.isManager(peerId)) return true
    if (this.#needs.env.timers.monoMs() - applied.at >= this.#needs.env.limits.dialAddressesChangeMs) return true
    return sameAddresses(applied.multiaddrs, this.#needs.members.addresses(peerId))
  }

  #apply(peerId: string, schedule: Schedule): boolean {
    const multiaddrs = this.#needs.members.addresses(peerId)
    const applied = this.#applied.get(peerId)
    if (applied !== undefined && sameAddresses(applied.multiaddrs, multiaddrs)) return true
    if (!this.#mayApply(peerId)) return false
    this.#applied.set(peerId, { multiaddrs, at: this.#needs.env.timers.monoMs() })
    schedule.nextHost = 0
    return true
  }

  #dialIfDue(peerId: string, schedule: Schedule): void {
    const { node, members, connections, reach } = this.#needs
    const now = this.#needs.env.timers.monoMs()
    if (schedule.dialing || this.#dialing >= dialsMax || schedule.dueAt > now) return
    if (peerId === node.libp2p.peerId.toString() || connections.has(peerId)) return
    if (members.addresses(peerId).length === 0 || !this.#apply(peerId, schedule)) return
    if (!members.isManager(peerId) && !this.#rate.take(now)) return
    const from = schedule.nextHost
    const turn = dialTurn(reach.addresses(peerId, members.addresses(peerId)), from, this.#needs.env.limits.dialHostsMax)
    const dialing = new AbortController()
    schedule.dialing = dialing
    schedule.begunAt = now
    schedule.nextHost = turn.nextHost
    this.#dialing++
    void this.#dial(turn, dialing)
      .then(
        () => {
          // The hosts that answered are tried first the next time.
          schedule.nextHost = from
        },
        (error: Error) => error
      )
      .then((error) => this.#ended(peerId, schedule, error ?? undefined))
  }

  async #dial({ addresses, nextHost }: DialTurn, dialing: AbortController): Promise<void> {
    const { timers } = this.#needs.env
    const deadlineMs = nextHost === 0 ? memberDialMs : dialTurnMs
    // Who is behind a relay mostly has addresses of another private network, where nobody answers: they must not hold up the next try through the relay.
    const isBehindRelay = addresses.some(({ relay }) => relay !== undefined)
    const connectMs = this.#hurried || isBehindRelay ? briefConnectMs : undefined
    const cancel = timers.after(deadlineMs, () => dialing.abort(new DeadlineError('dial', deadlineMs)))
    try {
      const connection = await dialFirst(
        (address, signal) => this.#needs.reach.dial(address, signal, connectMs),
        timers,
        addresses,
        dialing.signal
      )
      // It may have connected while we gave it up: then nobody else closes it.
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
    if (error) {
      this.#failures.set(peerId, error)
      this.#needs.env.log('debug', `dialling ${peerId} failed: ${error.message}`)
    }
    if (error && schedule.nextHost > 0) return this.#goOn(peerId, schedule)
    if (this.#hurried) schedule.dueAt = schedule.begunAt + this.#needs.env.limits.redialBackoffMinMs
    else schedule.dueAt = this.#needs.env.timers.monoMs() + this.#jittered(schedule.backoffMs)
    if (error && !this.#hurried) schedule.backoffMs = Math.min(schedule.backoffMs * 2, this.#needs.env.limits.redialBackoffMaxMs)
    this.#needs.settled(peerId, error)
  }

  /** It has hosts that were not tried: it has not failed yet. */
  #goOn(peerId: string, schedule: Schedule): void {
    const now = this.#needs.env.timers.monoMs()
    schedule.dueAt = this.#needs.members.isManager(peerId) ? now : now + this.#jittered(this.#needs.env.limits.redialBackoffMinMs)
    this.#dialIfDue(peerId, schedule)
  }

  #jittered(pauseMs: number): number {
    return pauseMs * (1 + this.#needs.env.limits.redialJitterRatio * (2 * this.#needs.env.random() - 1))
  }
}
