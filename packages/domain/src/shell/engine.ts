/**
 * One presence in one cluster: the core, the driver that runs it, and the adapters around it, complete once it is constructed.
 *
 * Nothing in here refers to the handle that the app holds. When the app lets go of that, the engine ends itself.
 */
import { reasonOf } from '@auki/canonical'
import { fitIntroduction, type PeerRuntime, type RuntimeHandlers } from '@auki/network'
import type { ClockRef, ConvertedTime, ConvertTimeOptions } from '@auki/time'
import { type AdmitAnswer, type Effect, type Event, initialState, nextDeadline, type State, step, view } from '../core/index.ts'
import { ClusterClocks } from './cluster-clocks.ts'
import type { PublishedEvent } from './cluster-event.ts'
import { DataPlane } from './data-plane.ts'
import { DiagnosticInbox } from './diagnostics.ts'
import { Driver } from './driver.ts'
import { type EngineInit, type OwnAddresses, selfOf } from './engine-init.ts'
import { EventHub, type EventsDropped } from './event-hub.ts'
import { bootstrapError, type Failures } from './failures.ts'
import type { CallOptions } from './fetch.ts'
import { watchHealth } from './health.ts'
import { heartbeatSource } from './heartbeat-source.ts'
import { inboundHandlers } from './inbound.ts'
import { Lifecycle } from './lifecycle.ts'
import { type PerformerParts, performer } from './performers.ts'
import { randomSeed } from './platform.ts'
import { isBelieved, type Standing, standingOf, type Told, toldBy } from './standing.ts'
import { Tickets } from './tickets.ts'
import { witness } from './witness.ts'

export class Engine {
  readonly localPeerId: string
  readonly runtime: PeerRuntime
  readonly clocks: ClusterClocks
  readonly dataPlane: DataPlane
  readonly diagnostics = new DiagnosticInbox()
  readonly events: EventHub<PublishedEvent>
  readonly life: Lifecycle
  readonly #init: EngineInit
  readonly #driver: Driver<State, Event, Effect>
  readonly #self: PerformerParts['self']
  readonly #tickets = new Tickets()
  readonly #failures: Failures = {}
  readonly #health: Disposable
  /** Where we can be reached; changed by {@link setAddresses} alone. */
  addresses: OwnAddresses
  /** Session time (ns) at which the document first listed another peer. */
  #joinedAtNs: bigint | undefined
  readonly #post = (event: Event): void => this.#driver.post(event)

  constructor(init: EngineInit) {
    const { clock, sessionClock, log, localPeerId, settings } = init
    this.#init = init
    this.localPeerId = localPeerId
    this.life = this.#lifecycle()
    this.addresses = init.addresses
    this.#self = selfOf(init, () => this.addresses.multiaddrs)
    this.events = new EventHub((error) => log('warn', `a handler of events failed: ${reasonOf(error)}`, { error }))
    this.clocks = new ClusterClocks({
      ...{ ...init, domainRestartAfterMs: settings.domainRestartAfterMs, stopped: this.life.stopped },
      facts: () => this.standing,
      runtime: () => this.runtime
    })
    this.dataPlane = new DataPlane({ ...init, standing: () => ({ ...this.standing, clusterJoinedAtNs: this.#joinedAtNs }) })
    this.runtime = init.createRuntime({
      handlers: this.#handlers(),
      heartbeatSource: heartbeatSource(sessionClock, this.clocks, this.#self, () => this.standing),
      areMembers: this.#areMembers,
      sessionEnded: () => this.dataPlane.sources.sessionHandle?.ended ?? false
    })
    this.#driver = new Driver({
      machine: { step, nextDeadline },
      clock,
      perform: performer({
        ...{ ...init, self: this.#self, runtime: this.runtime, clocks: this.clocks, events: this.events },
        ...{ tickets: this.#tickets, failures: this.#failures, post: this.#post, life: this.life }
      }),
      onAlarm: this.#onAlarm,
      onSettled: this.#onSettled,
      onBug: (error, what) => log('warn', `a bug: "${what.type}" could not be handled and was skipped: ${reasonOf(error)}`, { error }),
      holdsProcess: () => this.life.phase === 'starting' || this.life.phase === 'leaving'
    })
    this.#health = watchHealth(clock, {
      post: this.#onHealth,
      suspendedFor: (ms) => this.events.publish({ type: 'suspended-for', ms })
    })
  }

  /** Into the cluster, once. @throws BootstrapError; `signal.reason`, once everything is torn down. */
  async bootstrap(signal: AbortSignal | undefined): Promise<void> {
    const { target, settings, gate } = this.#init
    const start = (): void => {
      const { authorization: _, ...said } = this.#self
      const { relayMultiaddrs } = this.addresses
      const self = { ...fitIntroduction(said.peerId, said), gated: gate !== undefined }
      const init = { self, target, settings, relayMultiaddrs, seed: randomSeed() }
      this.#driver.start(initialState(init, this.#driver.now))
      this.#post({ type: 'started' })
    }
    const failure = await this.life.join(start, signal)
    if (failure !== undefined) throw bootstrapError(failure, this.standing.clusterName, this.#failures, this.runtime)
  }

  /** Where we can be reached from now on; may come at any time, as a relay's place does. */
  setAddresses(addresses: OwnAddresses): void {
    this.addresses = addresses
    // The bootstrap begins with those that are known by then.
    if (this.#driver.state === undefined) return
    const { observer } = this.#self
    const { multiaddrs } = fitIntroduction(this.localPeerId, { multiaddrs: addresses.multiaddrs, observer })
    this.#post({ type: 'addresses-set', multiaddrs })
    if (this.life.phase !== 'starting') this.events.publish({ type: 'addresses-changed', multiaddrs: addresses.multiaddrs })
  }

  /** Leaving, or over. */
  get isStopped(): boolean {
    return this.life.phase === 'leaving' || this.life.phase === 'over'
  }

  get standing(): Standing {
    return standingOf(this.#state, this.#driver.now, this.life.phase)
  }

  /** Events from now on, beginning with what `first` makes of what the app was told so far: no change is missing, none is told twice. */
  read<F>(first: (told: Told) => F, options: CallOptions): AsyncIterableIterator<F | PublishedEvent | EventsDropped> {
    const take = (): F => first(toldBy(this.#state, this.life.phase))
    return this.events.read(options, { take, when: (run) => this.#driver.whenSettled(run) })
  }

  /** Resolves once there is domain time. @throws `signal.reason`; why the presence ended. */
  clockReady(signal: AbortSignal | undefined): Promise<void> {
    const { stopped } = this.life
    return this.clocks.whenKnown(signal === undefined ? stopped : AbortSignal.any([signal, stopped]))
  }

  /** By what the cluster and the session know about clocks. @throws ConvertTimeError */
  convertTime(from: ClockRef, to: ClockRef, tNs: bigint, options?: ConvertTimeOptions): ConvertedTime {
    return this.clocks.convertTime(from, to, tNs, this.dataPlane.sources.sessionHandle?.timeSteps ?? [], options)
  }

  /** `admitPeer` of our own app. */
  admit(peerId: string, multiaddrs: readonly string[]): Promise<AdmitAnswer> {
    const stopped: AdmitAnswer = { kind: 'stopped' }
    if (this.isStopped) return Promise.resolve(stopped)
    const { ticket, answer } = this.#tickets.take(stopped)
    this.#post({ type: 'admit-called', ticket, peer: peerId, ...fitIntroduction(peerId, { multiaddrs, observer: false }) })
    return answer
  }

  get #state(): State {
    const { state } = this.#driver
    if (state === undefined) throw new Error('the bootstrap has not begun')
    return state
  }

  #handlers(): RuntimeHandlers {
    return inboundHandlers({
      ...this.#init,
      post: this.#post,
      isBelieved: (peerId) => this.#driver.state !== undefined && isBelieved(this.#state, this.#driver.now, peerId),
      tickets: this.#tickets,
      clocks: this.clocks,
      dataPlane: this.dataPlane,
      seen: witness({ localPeerId: this.localPeerId, runtime: () => this.runtime, view: () => view(this.#state, this.#driver.now) }),
      diagnostic: (peerId, message) => {
        this.diagnostics.push({ peerId, message })
        this.events.publish({ type: 'diagnostic-received', peerId, message })
      }
    })
  }

  /** Whether the cluster has both a peer and us. */
  readonly #areMembers = (peerId: string): boolean => {
    const { peers } = this.standing.membership
    return [peerId, this.localPeerId].every((one) => peers.some((peer) => peer.peerId === one))
  }

  readonly #onHealth = (event: Event): void => {
    if (event.type === 'clock-jumped') this.clocks.post(event)
    this.#post(event)
  }

  readonly #onSettled = ({ role, document, relayMultiaddrs }: State): void => {
    if (document.peers.some(({ peerId }) => peerId !== this.localPeerId)) this.#joinedAtNs ??= this.#init.sessionClock.nowNs()
    this.runtime.setRelayHints(relayMultiaddrs)
    this.clocks.follow(role.kind === 'following' ? role.slot : undefined)
  }

  readonly #onAlarm = (): void => {
    if (this.life.endIfAbandoned()) return
    this.#post({ type: 'woken' })
  }

  #lifecycle(): Lifecycle {
    const { localPeerId, log } = this.#init
    return new Lifecycle({
      localPeerId,
      log,
      failures: this.#failures,
      post: this.#post,
      onLeaving: () => void this.runtime.endStreams(),
      halt: () => {
        this.#driver.stop()
        this.#health[Symbol.dispose]()
        this.clocks.stop()
      },
      shutDown: async () => {
        this.#tickets.end()
        await this.runtime.shutdown().catch((error: unknown) => log('warn', `the network did not stop cleanly: ${reasonOf(error)}`))
        this.events.publish({ type: 'left' })
        this.events.end()
      }
    })
  }
}
