/**
 * One presence in one cluster: the core, the driver that runs it, and the adapters around it, wired in plain sight.
 *
 * Nothing in here knows the handle that the app holds. When the app lets go of that, the engine ends itself.
 */
import type { AukiError } from '@auki/canonical'
import { cleanName, fitIntroduction, type JoinResponse, type PeerRuntime, type RuntimeHandlers, refusalText } from '@auki/network'
import type { ClockRef, ConvertedTime, ConvertTimeOptions } from '@auki/time'
import type { JoinAuthorization } from '../config.ts'
import {
  type AdmitAnswer,
  type BootstrapFailure,
  type Effect,
  type Event,
  initialState,
  nextDeadline,
  type State,
  step,
  view
} from '../core/index.ts'
import { AbandonedHandle } from './abandoned.ts'
import { randomInstance, randomSeed } from './clock.ts'
import { ClockSampler } from './clock-sampler.ts'
import { ClusterClocks } from './cluster-clocks.ts'
import type { PublishedEvent } from './cluster-event.ts'
import { DataPlane } from './data-plane.ts'
import { DiagnosticInbox } from './diagnostics.ts'
import { Driver } from './driver.ts'
import type { EngineInit, OwnAddresses, Standing } from './engine-init.ts'
import { EventHub } from './events.ts'
import { discoveryFailure, type Failures, identityInUse } from './failures.ts'
import { watchHealth } from './health.ts'
import { heartbeatSource } from './heartbeat-source.ts'
import { inboundHandlers } from './inbound.ts'
import { performer } from './performers.ts'
import { reasonOf } from './reason.ts'
import { Tickets } from './tickets.ts'

export class Engine {
  readonly localPeerId: string
  readonly runtime: PeerRuntime
  readonly clocks: ClusterClocks
  readonly clockSampler: ClockSampler
  readonly dataPlane: DataPlane
  readonly diagnostics = new DiagnosticInbox()
  readonly events = new EventHub<PublishedEvent>()
  /** What the last requests failed of. */
  readonly failures: Failures = {}
  /** Resolves once everything is torn down: to why the presence ended, `undefined` when we left. */
  readonly closed: Promise<AukiError | undefined>
  readonly #init: EngineInit
  readonly #driver: Driver<State, Event, Effect>
  readonly #joins = new Tickets<JoinResponse>()
  readonly #leaves = new Tickets<boolean>()
  readonly #admits = new Tickets<AdmitAnswer>()
  readonly #handle: AbandonedHandle
  /** Undefined: we are in. */
  readonly #joined = Promise.withResolvers<BootstrapFailure | undefined>()
  readonly #closed = Promise.withResolvers<AukiError | undefined>()
  readonly #stopping = new AbortController()
  readonly #health: Disposable
  /** Drawn for each bootstrap. */
  readonly #instance = randomInstance()
  #phase: 'starting' | 'present' | 'leaving' | 'over' = 'starting'
  #perform: (effect: Effect) => void = () => {}
  #multiaddrs: readonly string[] = []
  #joinedAtNs: bigint | undefined
  #deleteFailure: Error | undefined

  constructor(init: EngineInit) {
    const { clock, sessionClock, log, localPeerId, daemonInfo, settings } = init
    this.#init = init
    this.localPeerId = localPeerId
    this.closed = this.#closed.promise
    this.#handle = new AbandonedHandle(() => this.#abandon())
    this.#driver = new Driver({
      machine: { step, nextDeadline },
      clock,
      perform: (effect: Effect) => this.#perform(effect),
      onAlarm: () => this.#onAlarm(),
      onSettled: (state) => this.#onSettled(state),
      onBug: (error, what) => log('warn', `a bug: "${what.type}" could not be handled and was skipped: ${reasonOf(error)}`, { error }),
      holdsProcess: () => this.#phase === 'starting' || this.#phase === 'leaving'
    })
    const { domainRestartAfterMs } = settings
    this.clocks = new ClusterClocks({ sessionClock, localPeerId, clock, domainRestartAfterMs, facts: () => this.#facts(), log })
    const standing = () => ({ ...this.standing, clusterJoinedAtNs: this.#joinedAtNs })
    this.dataPlane = new DataPlane({ localPeerId, daemonInfo, sessionClock, standing, log })
    this.runtime = init.createRuntime(
      this.#inbound(),
      heartbeatSource(sessionClock, this.clocks, { peerId: localPeerId, instance: this.#instance }, () => this.standing)
    )
    this.clockSampler = new ClockSampler({
      ...{ sessionClock, localPeerId, clock, log, stopped: this.#stopping.signal },
      requestClock: (...args) => this.runtime.requestClock(...args),
      requestInfo: (...args) => this.runtime.requestInfo(...args),
      facts: () => this.#facts(),
      observed: (sample) => this.clocks.observed(sample)
    })
    this.#health = watchHealth(clock, (event) => this.#onHealth(event))
  }

  /** Into the cluster: `undefined` when we are in, else why not. @throws `signal.reason`, once everything is torn down. */
  async bootstrap({ multiaddrs, relayMultiaddrs }: OwnAddresses, signal: AbortSignal | undefined): Promise<BootstrapFailure | undefined> {
    const { localPeerId: peerId, observer, gate, target, settings, authorization, daemonInfo } = this.#init
    const shown = cleanName(daemonInfo.name)
    const name = shown === '' ? {} : { name: shown }
    this.#multiaddrs = multiaddrs
    this.#perform = performer({
      ...this.#init,
      self: { peerId, multiaddrs, instance: this.#instance, observer, authorization, ...name },
      runtime: this.runtime,
      clocks: this.clocks,
      events: this.events,
      joins: this.#joins,
      leaves: this.#leaves,
      admits: this.#admits,
      failures: this.failures,
      post: (event) => this.#post(event),
      stopped: this.#stopping.signal,
      endIfAbandoned: () => this.#endIfAbandoned(),
      onJoined: () => this.#joined.resolve(undefined),
      onBootstrapFailed: (failure) => this.#joined.resolve(failure),
      onEnded: (effect) => this.#onEnded(effect)
    })
    const introduction = fitIntroduction(peerId, { multiaddrs, observer, ...name })
    const self = { peerId, instance: this.#instance, gated: gate !== undefined, ...introduction }
    const leave = (): void => this.#post({ type: 'leave-called' })
    signal?.addEventListener('abort', leave, { once: true })
    this.#driver.start(initialState({ self, target, settings, relayMultiaddrs, seed: randomSeed() }, this.#driver.now))
    this.#post({ type: 'started' })
    const failure = await Promise.race([this.#joined.promise, this.closed.then(() => undefined)])
    signal?.removeEventListener('abort', leave)
    if (signal?.aborted === true) {
      if (failure === undefined) await this.closed
      throw signal.reason
    }
    if (failure === undefined && this.#phase === 'starting') this.#phase = 'present'
    return failure
  }

  /** Ends the presence when `handle` is gone. Nothing the engine holds may lead to it. */
  belongTo(handle: object): void {
    this.#handle.watch(handle)
  }

  get multiaddrs(): readonly string[] {
    return this.#multiaddrs
  }

  /** What Managers' gates get to see of us. */
  get authorization(): JoinAuthorization {
    return this.#init.authorization
  }

  get isStopped(): boolean {
    return this.#phase === 'leaving' || this.#phase === 'over'
  }

  get standing(): Standing {
    const { state, now } = this.#driver
    if (state === undefined) throw new Error('the bootstrap has not begun')
    const seen = view(state, now)
    // A lease that is not over yet means nothing any more.
    if (this.#phase === 'over') return { ...seen, role: 'ended', isManager: false }
    // Who leaves has dropped its lease; whose Manager it was last is still known.
    return { ...seen, role: seen.role ?? (seen.managerPeerId === this.localPeerId ? 'headless' : 'follower') }
  }

  /** Whether the cluster has both a peer and us. */
  areMembers(peerId: string): boolean {
    const { peers } = this.standing.membership
    return [peerId, this.localPeerId].every((one) => peers.some((peer) => peer.peerId === one))
  }

  /** By what the cluster and the session know about clocks. @throws ConvertTimeError */
  convertTime(from: ClockRef, to: ClockRef, tNs: bigint, options?: ConvertTimeOptions): ConvertedTime {
    return this.clocks.convertTime(from, to, tNs, this.dataPlane.sessionHandle?.timeSteps ?? [], options)
  }

  /** `admitPeer` of our own app. */
  admit(peer: string, multiaddrs: readonly string[]): Promise<AdmitAnswer> {
    if (this.isStopped) return Promise.resolve({ kind: 'stopped' })
    const { ticket, answer } = this.#admits.take()
    this.#post({ type: 'admit-called', ticket, peer, ...fitIntroduction(peer, { multiaddrs, observer: false }) })
    return answer
  }

  /**
   * Leave, with courtesy: about 2 s at most. An abort cuts the courtesy short and is thrown once everything is torn down.
   *
   * The first caller gets the error of a row that could not be deleted; later ones share the run and never see it.
   */
  async leave(signal?: AbortSignal): Promise<void> {
    const first = !this.isStopped
    const hurry = (): void => this.#post({ type: 'leave-hurried' })
    if (first) {
      this.#phase = 'leaving'
      // While the others still take it: whom we leave drops us.
      if (signal?.aborted !== true) void this.runtime.endStreams()
      this.#post({ type: signal?.aborted === true ? 'leave-hurried' : 'leave-called' })
    } else if (signal?.aborted === true) hurry()
    signal?.addEventListener('abort', hurry, { once: true })
    await this.closed
    signal?.removeEventListener('abort', hurry)
    signal?.throwIfAborted()
    if (first && this.#deleteFailure !== undefined) throw this.#deleteFailure
  }

  /** Ends everything at once and tells nobody. */
  async teardown(): Promise<void> {
    void this.#finish()
    await this.closed
  }

  #post(event: Event): void {
    this.#driver.post(event)
  }

  #inbound(): RuntimeHandlers {
    return inboundHandlers({
      post: (event) => this.#post(event),
      clock: this.#init.clock,
      isBelieved: (peerId) => this.#isBelieved(peerId),
      joins: this.#joins,
      leaves: this.#leaves,
      clocks: this.clocks,
      dataPlane: this.dataPlane,
      diagnostic: (peerId, message) => {
        this.diagnostics.push({ peerId, message })
        this.events.publish({ type: 'diagnostic-received', peerId, message })
      },
      log: this.#init.log
    })
  }

  #isBelieved(peerId: string): boolean {
    const { state, now } = this.#driver
    return state !== undefined && (peerId === view(state, now).managerPeerId || peerId === state.newest?.row?.manager)
  }

  #facts() {
    const { clusterName, managerPeerId, membership } = this.standing
    return { clusterName, managerPeerId, memberIds: membership.peers.map(({ peerId }) => peerId) }
  }

  #onHealth(event: Event): void {
    if (event.type === 'clock-jumped') {
      this.clocks.jumped()
      this.clockSampler.startAfresh()
    }
    this.#post(event)
  }

  #onSettled(state: State): void {
    this.#noteJoined(state)
    this.clockSampler.follow(state.role.kind === 'following' ? state.role.slot : undefined)
  }

  #noteJoined({ document }: State): void {
    if (this.#joinedAtNs !== undefined || !document.peers.some(({ peerId }) => peerId !== this.localPeerId)) return
    this.#joinedAtNs = this.#init.sessionClock.nowNs()
  }

  #onAlarm(): void {
    if (this.#endIfAbandoned()) return
    this.clocks.tick()
    this.#post({ type: 'woken' })
  }

  #endIfAbandoned(): boolean {
    if (this.#handle.isGone) this.#abandon()
    return this.#phase === 'over'
  }

  // Whoever let go of the handle did not leave: nobody is told, the row is swept.
  #abandon(): void {
    if (this.#phase === 'over') return
    this.#init.log('warn', 'a presence ended because its handle was dropped: use `await using`, or call leave()')
    void this.#finish()
  }

  #onEnded({ why, deleteFailed }: Extract<Effect, { type: 'ended' }>): void {
    if (deleteFailed !== undefined) this.#deleteFailure = this.failures.writing ?? discoveryFailure(deleteFailed)
    void this.#finish(why === 'identity-in-use' ? identityInUse(this.localPeerId) : undefined)
  }

  async #finish(why?: AukiError): Promise<void> {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    this.#driver.stop()
    this.#health[Symbol.dispose]()
    this.#handle.forget()
    this.clocks.apply('withdraw')
    this.#stopping.abort(new Error('the presence is over'))
    this.#joins.answerAll({ kind: 'reject', reason: refusalText({ why: 'not-manager' }) })
    this.#leaves.answerAll(false)
    this.#admits.answerAll({ kind: 'stopped' })
    await this.runtime.shutdown().catch((error: unknown) => this.#init.log('warn', `the network did not stop cleanly: ${reasonOf(error)}`))
    this.events.publish({ type: 'left' })
    this.events.end()
    this.#closed.resolve(why)
  }
}
