/**
 * One process of the simulated world: the real core, run by the real driver, over a simulated network, Discovery and clock.
 *
 * What performs the core's effects is of the simulation (`effects.ts`): promises, sockets and HTTP have no place in simulated time. It decides nothing.
 */
import type { Command } from '@auki/discovery'
import { Driver } from '@auki/domain/driver'
import { DiscoveryClient } from './client.ts'
import type { BootstrapFailure, Effect, Event, Now, PeerId, State, View } from './core.ts'
import { type Hands, performEffect } from './effects.ts'
import { ProcessLoop } from './loop.ts'
import { type BeatExtras, type NodeOwner, SimNode } from './node.ts'
import type { Halt, Machine, ProcessSpec, Surroundings } from './process-spec.ts'
import { WatchClient } from './watch.ts'

const probeMs = 100
const lagMs = 250
const jumpMs = 1_000
const addressesSettleMs = [100, 2_500] as const

export class Process implements NodeOwner {
  readonly spec: ProcessSpec
  readonly loop: ProcessLoop
  readonly node: SimNode
  readonly #driver: Driver<State, Event, Effect>
  readonly #first: State
  /** It was told that it is in a cluster. */
  joined = false
  failure: BootstrapFailure | undefined
  /** True time until which a pause of both clocks lasted; what was proved before it proves nothing. */
  pausedUntil = Number.NEGATIVE_INFINITY
  /** True time of its start, or of the end of its last halt. */
  runsSince: number
  /** Where it says that others can dial it, by now. */
  addresses: readonly string[]
  #movedTo: readonly string[] | undefined
  /** How long it was halted, in all. */
  haltedMs = 0
  readonly #world: Surroundings
  readonly #machine: Machine
  readonly #hands: Hands
  #haltedAt: { readonly how: Halt; readonly trueMs: number } | undefined

  constructor(world: Surroundings, machine: Machine, spec: ProcessSpec) {
    this.spec = spec
    this.addresses = spec.addresses
    this.#world = world
    this.#machine = machine
    this.runsSince = world.queue.now
    this.loop = new ProcessLoop(world.queue, machine.clock, world.random)
    this.node = new SimNode(this, world.network, spec.addresses)
    const { service, random, network } = world
    const watch = new WatchClient(this, { service, wire: network.wire, random, lateMs: spec.watchLateMs })
    this.#hands = { client: new DiscoveryClient(this, service, network.wire), watch, random }
    const { peer, addresses, instance, observer, gate, target, settings, relayMultiaddrs, seed } = spec
    const self = { peerId: peer, multiaddrs: addresses, instance, observer, gated: gate !== undefined }
    this.#first = world.core.initialState({ self, target, settings, relayMultiaddrs, seed }, this.now())
    this.#driver = this.#makeDriver()
  }

  #makeDriver(): Driver<State, Event, Effect> {
    const { core, inspector } = this.#world
    return new Driver<State, Event, Effect>({
      machine: core,
      clock: {
        monoMs: () => this.loop.mono(),
        wallNs: () => this.now().wallNs,
        after: (delayMs, run) => {
          let cancelled = false
          this.loop.after(delayMs, () => cancelled || run())
          return () => {
            cancelled = true
          }
        }
      },
      perform: (effect) => this.alive && performEffect(this, this.#hands, effect),
      onAlarm: () => this.post({ type: 'woken' }),
      onStepped: (event, before, effects, now) => inspector.stepped(this, event, before, effects, now),
      onBug: (error, what) => inspector.threw(this, what, error)
    })
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
    return this.#driver.state ?? this.#first
  }

  get self() {
    return { peerId: this.peer, multiaddrs: this.addresses, instance: this.spec.reference ? '' : this.spec.instance }
  }

  now(): Now {
    return this.#machine.clock.now(this.#world.queue.now)
  }

  view(now = this.now()): View {
    return this.#world.core.view(this.state, now)
  }

  /** Monotonic ms at which the core wants to be woken. */
  deadline(): number {
    return this.#world.core.nextDeadline(this.state)
  }

  shown(): BeatExtras {
    const { managerPeerId, membership } = this.view()
    if (managerPeerId === this.peer) return {}
    return { ...(membership.order === undefined ? {} : { membership: membership.order }), ...this.named }
  }

  isHere(): boolean {
    return this.#world.core.isHere(this.view(), this.peer, this.view().clusterName)
  }

  get speaksSeen(): boolean {
    return !this.spec.reference
  }

  /** How it names itself to others. */
  get named(): { readonly instance?: string } {
    return this.spec.reference ? {} : { instance: this.spec.instance }
  }

  start(): void {
    this.#world.inspector.started(this)
    this.node.start()
    this.post({ type: 'started' })
    this.#driver.start(this.#first)
  }

  post(event: Event): void {
    this.#driver.post(event)
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
    this.runsSince = this.#world.queue.now
    if (how === 'pause') this.pausedUntil = this.#world.queue.now
    this.#machine.clock.run(this.#world.queue.now, { mono: true, wall: true })
    this.loop.resume(() => this.#probe(how, ms))
  }

  /** Its machine is somewhere else; it finds out when its addresses have settled. */
  roam(addresses: readonly string[]): void {
    this.node.moveTo(addresses)
    this.#movedTo = addresses
    const settled = (): void => {
      if (this.#movedTo !== addresses) return // it has moved on
      this.addresses = addresses
      this.post({ type: 'addresses-set', multiaddrs: addresses })
    }
    this.loop.deliver(() => this.loop.after(this.#world.random.between(...addressesSettleMs), settled))
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
    this.#driver.stop()
    this.#hands.watch.close()
    this.loop.close()
    this.node.stop(farewell)
  }

  /** The core says how it went. */
  outcome(effect: Extract<Effect, { type: 'joined' | 'bootstrap-failed' | 'ended' }>): void {
    if (effect.type === 'joined') this.joined = true
    else if (effect.type === 'ended') this.stop(effect.why)
    else {
      this.failure = effect.failure
      this.stop(`bootstrap failed: ${effect.failure.code}`)
    }
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
}
