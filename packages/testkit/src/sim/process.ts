/**
 * One process of the simulated world: the real core in a shell of the simulation.
 *
 * It performs the core's effects as the real shell does, and turns what happens around it into events. It decides nothing.
 */

import type { Command } from '@auki/discovery'
import { DiscoveryClient } from './client.ts'
import type { MachineClock } from './clock.ts'
import type { BootstrapFailure, Core, DocumentVersion, Effect, Event, Now, PeerId, Settings, State, Target, View } from './core.ts'
import { ProcessLoop } from './loop.ts'
import type { Network } from './network.ts'
import { type NodeOwner, SimNode } from './node.ts'
import type { EventQueue } from './queue.ts'
import type { Random } from './random.ts'
import type { DiscoveryService } from './service.ts'
import { WatchClient } from './watch.ts'

/** A computer. One process at a time runs on it. */
export interface Machine {
  readonly index: number
  readonly clock: MachineClock
  up: boolean
}

/** How a process is started; `name` is for people. */
export interface ProcessSpec {
  readonly name: string
  readonly peer: PeerId
  readonly instance: string
  readonly addresses: readonly string[]
  readonly target: Target
  readonly observer: boolean
  readonly settings: Settings
  readonly relayMultiaddrs: readonly string[]
  /** Its app's gate: share of askers it refuses, and share of checks that throw; `undefined`: no gate. */
  readonly gate: { readonly refuseChance: number; readonly failChance: number; readonly slowMs: number } | undefined
  /** Events of its watch come up to this late. */
  readonly watchLateMs: number
  readonly seed: number
}

/** What a process runs in. */
export interface Surroundings {
  readonly core: Core
  readonly queue: EventQueue
  readonly network: Network
  readonly service: DiscoveryService
  readonly random: Random
  readonly inspector: Inspector
}

/** Sees everything a process does. */
export interface Inspector {
  started(process: Process): void
  stepped(process: Process, event: Event, before: State, effects: readonly Effect[], now: Now): void
  threw(process: Process, event: Event, error: unknown): void
  asked(process: Process): void
  commandSent(process: Process, command: Command, sentMonoMs: number): void
  /** It is over, by its own will or not. */
  stopped(process: Process, why: string): void
}

export type Halt = 'freeze' | 'suspend' | 'pause'

const probeMs = 100
const lagMs = 250
const jumpMs = 1_000
const gateTurnMs = 5

export class Process implements NodeOwner {
  readonly spec: ProcessSpec
  readonly loop: ProcessLoop
  readonly node: SimNode
  readonly startedAt: number
  #state: State
  /** It was told that it is in a cluster. */
  joined = false
  failure: BootstrapFailure | undefined
  /** True time until which a pause of both clocks lasted; what was proved before it proves nothing. */
  pausedUntil = Number.NEGATIVE_INFINITY
  /** How long it was halted, in all. */
  haltedMs = 0
  /** `allow-list-set` comes back with an error this often. */
  allowListFailChance = 0
  readonly #world: Surroundings
  readonly #machine: Machine
  readonly #client: DiscoveryClient
  readonly #watch: WatchClient
  readonly #inbox: Event[] = []
  #draining = false
  #alarmAt = Number.POSITIVE_INFINITY
  #alarmNo = 0
  #haltedAt: { readonly how: Halt; readonly trueMs: number } | undefined

  constructor(world: Surroundings, machine: Machine, spec: ProcessSpec) {
    this.spec = spec
    this.#world = world
    this.#machine = machine
    this.startedAt = world.queue.now
    this.loop = new ProcessLoop(world.queue, machine.clock, world.random)
    this.node = new SimNode(this, world.network, spec.addresses)
    this.#client = new DiscoveryClient(this, world.service, world.network.wire)
    this.#watch = new WatchClient(this, world.service, world.network.wire, world.random, spec.watchLateMs)
    const { peer, addresses, instance, observer, gate, target, settings, relayMultiaddrs, seed } = spec
    const self = { peerId: peer, multiaddrs: addresses, instance, observer, gated: gate !== undefined }
    this.#state = world.core.initialState({ self, target, settings, relayMultiaddrs, seed }, this.now())
  }

  get peer(): PeerId {
    return this.spec.peer
  }

  get machine(): number {
    return this.#machine.index
  }

  get machineUp(): boolean {
    return this.#machine.up
  }

  get alive(): boolean {
    return !this.loop.closed
  }

  get halted(): Halt | undefined {
    return this.#haltedAt?.how
  }

  get state(): State {
    return this.#state
  }

  get self() {
    return { peerId: this.peer, multiaddrs: this.spec.addresses, instance: this.spec.instance }
  }

  now(): Now {
    return this.#machine.clock.now(this.#world.queue.now)
  }

  view(now = this.now()): View {
    return this.#world.core.view(this.#state, now)
  }

  /** Monotonic ms at which the core wants to be woken. */
  deadline(): number {
    return this.#world.core.nextDeadline(this.#state)
  }

  shownDocument(): DocumentVersion | undefined {
    const { role, membership } = this.view()
    return role === 'follower' || role === 'unsettled' ? membership.order : undefined
  }

  start(): void {
    this.#world.inspector.started(this)
    this.node.start()
    this.post({ type: 'started' })
  }

  /** One event after the other: an effect that makes another event happen does not interrupt the one at hand. */
  post(event: Event): void {
    this.#inbox.push(event)
    if (this.#draining) return
    this.#draining = true
    for (let next = this.#inbox.shift(); next !== undefined && this.alive; next = this.#inbox.shift()) this.#step(next)
    this.#draining = false
    if (this.alive) this.#armAlarm()
  }

  /** Nothing runs until what this returns is called. A freeze stops the process, a suspend its monotonic clock too, a pause both clocks. */
  halt(how: Halt): () => void {
    if (!this.alive || this.#haltedAt !== undefined) return () => undefined
    const mark = { how, trueMs: this.#world.queue.now }
    this.#haltedAt = mark
    this.loop.halt()
    if (how !== 'freeze') this.#machine.clock.run(mark.trueMs, { mono: false, wall: how === 'suspend' })
    return () => {
      if (this.#haltedAt === mark) this.resume()
    }
  }

  resume(): void {
    if (this.#haltedAt === undefined) return
    const { how, trueMs } = this.#haltedAt
    const ms = this.#world.queue.now - trueMs
    this.#haltedAt = undefined
    this.haltedMs += ms
    if (how === 'pause') this.pausedUntil = this.#world.queue.now
    this.#machine.clock.run(this.#world.queue.now, { mono: true, wall: true })
    this.loop.resume(() => this.#probe(how, ms))
  }

  /** The wall clock is set; the next probe notices a large step. */
  stepWall(ms: number): void {
    this.#machine.clock.stepWall(this.#world.queue.now, ms)
    if (Math.abs(ms) > jumpMs) this.#noticeJump()
  }

  /** The process is gone. Its machine closes its connections, unless it lost power. */
  stop(why: string, farewell = true): void {
    if (!this.alive) return
    this.#world.inspector.stopped(this, why)
    this.#machine.clock.run(this.#world.queue.now, { mono: true, wall: true })
    this.#watch.close()
    this.loop.close()
    this.node.stop(farewell)
  }

  asked(): void {
    this.#world.inspector.asked(this)
  }

  commandSent(command: Command, sentMonoMs: number): void {
    this.#world.inspector.commandSent(this, command, sentMonoMs)
  }

  #probe(how: Halt, ms: number): void {
    if (how === 'freeze') {
      const lag = ms - this.#world.random.between(0, probeMs)
      if (lag >= lagMs) this.post({ type: 'loop-lagged', ms: lag })
    } else if (how === 'suspend' && ms > jumpMs) this.#noticeJump()
  }

  #noticeJump(): void {
    this.loop.after(this.#world.random.between(0, probeMs), () => this.post({ type: 'clock-jumped' }))
  }

  #step(event: Event): void {
    const { core, inspector } = this.#world
    const before = this.#state
    const now = this.now()
    try {
      const { state, effects } = core.step(before, event, now)
      this.#state = state
      inspector.stepped(this, event, before, effects, now)
      for (const effect of effects) if (this.alive) this.#perform(effect)
    } catch (error) {
      inspector.threw(this, event, error)
    }
  }

  #armAlarm(): void {
    const deadline = this.deadline()
    if (deadline >= this.#alarmAt) return
    this.#alarmAt = deadline
    const no = ++this.#alarmNo
    this.loop.after(Math.max(0, deadline - this.loop.mono()), () => {
      if (no !== this.#alarmNo) return
      this.#alarmAt = Number.POSITIVE_INFINITY
      if (this.deadline() <= this.loop.mono()) this.post({ type: 'woken' })
      else this.#armAlarm() // it moved on meanwhile
    })
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'read-row':
      case 'read-newest-row':
      case 'create-row':
      case 'refresh-row':
      case 'rotate-row':
      case 'delete-row':
        return this.#client.perform(effect)
      case 'open-watch':
        return this.#watch.open(effect.name)
      case 'close-watch':
        return this.#watch.close()
      case 'set-targets':
        return this.node.carriers.setTargets(effect.peers)
      case 'set-allowed':
        return this.#setAllowed(effect)
      case 'dial':
        return this.node.dial(effect.peer)
      case 'turn-loop':
        return this.loop.turn(() => this.post({ type: 'loop-turned', no: effect.no }))
      case 'check-gate':
        return this.#checkGate(effect.ticket)
      case 'joined':
        this.joined = true
        return
      case 'bootstrap-failed':
        this.failure = effect.failure
        return this.stop(`bootstrap failed: ${effect.failure.code}`)
      case 'ended':
        return this.stop(effect.why)
      case 'announce':
      case 'log':
      case 'domain-clock':
      case 'answer-admit':
        return
      default:
        return this.#exchange(effect)
    }
  }

  #exchange(
    effect: Extract<Effect, { type: 'request-join' | 'abandon' | 'request-leave' | 'push' | 'answer-join' | 'answer-leave' }>
  ): void {
    const { exchanges } = this.node
    switch (effect.type) {
      case 'request-join':
        return exchanges.requestJoin(effect.no, effect.peer, {
          multiaddrs: this.spec.addresses,
          authorization: '',
          observer: this.spec.observer
        })
      case 'abandon':
        return exchanges.abandon(effect.no)
      case 'request-leave':
        return exchanges.requestLeave(effect.no, effect.peer)
      case 'push':
        return exchanges.push(effect)
      case 'answer-join':
        return exchanges.answerJoin(effect.ticket, effect.answer)
      case 'answer-leave':
        return exchanges.answerLeave(effect.ticket, effect.acknowledged)
    }
  }

  #setAllowed({ no, members }: Extract<Effect, { type: 'set-allowed' }>): void {
    const fails = this.#world.random.chance(this.allowListFailChance)
    if (!fails) this.node.setAllowed(members)
    this.loop.turn(() =>
      this.post(fails ? { type: 'allow-list-set', no, error: 'the node is out of order' } : { type: 'allow-list-set', no })
    )
  }

  #checkGate(ticket: number): void {
    const { random } = this.#world
    const { refuseChance, failChance, slowMs } = this.spec.gate ?? { refuseChance: 0, failChance: 0, slowMs: 0 }
    const refused = { kind: 'refused', reason: 'not on the list' } as const
    const verdict = random.chance(failChance)
      ? ({ kind: 'failed' } as const)
      : random.chance(refuseChance)
        ? refused
        : ({ kind: 'ok' } as const)
    this.loop.after(random.between(gateTurnMs, gateTurnMs + slowMs), () => this.post({ type: 'gate-answered', ticket, verdict }))
  }
}
