/**
 * Domain time, and which clock backs it.
 *
 * The Manager's heartbeats say which session clock backs the domain clock, the heartbeats' echoes say how that clock relates to ours. A peer that
 * becomes Manager backs the domain clock with its own clock, at an offset that lets domain time go on.
 *
 * When clocks are measured, and what becomes of the domain clock, is decided by the machine in `clock-core/`. Here are the estimators it decides about.
 */
import { assertNever, type Clock, reasonOf } from '@auki/canonical'
import type { DomainClockAdvertisement } from '@auki/network'
import {
  type ClockRef,
  ClockSyncState,
  type ClockTransformEstimate,
  type ConvertedTime,
  type ConvertTimeOptions,
  convertTime,
  type DomainClockEstimate,
  DomainClockEstimateUnavailable,
  type DomainClockReading,
  type DomainClockSource,
  DomainClockSources,
  DomainTimeNowError,
  domainClockEstimate,
  domainStep,
  domainTimeNow,
  inheritedSource,
  liveStep,
  MonotonicDomainTime,
  ownSource,
  type TimeStep
} from '@auki/time'
import type { ClockEffect, ClockEvent, ClockState } from '../clock-core/clock-state.ts'
import { clockStep, initialClockState, nextClockDeadline } from '../clock-core/clock-step.ts'
import { askForReadings, type ClockRequests, type NtpSample } from './clock-requests.ts'
import { ClockWait } from './clock-wait.ts'
import { Driver } from './driver.ts'
import type { Standing } from './standing.ts'

export interface ClusterClocksInit extends ClockRequests {
  readonly localPeerId: string
  readonly clock: Clock
  /** How long a new Manager waits for an estimate that lets it continue the domain clock; ms. */
  readonly domainRestartAfterMs: number
  /** How the cluster stands now. */
  readonly facts: () => Pick<Standing, 'clusterName' | 'managerPeerId' | 'membership'>
}

/** Options of estimates. `maxAgeNs` (ns): an estimate whose last sample is older is an error `stale`; default: any age will do. */
export interface EstimateOptions {
  readonly maxAgeNs?: bigint
}

export class ClusterClocks {
  readonly #init: ClusterClocksInit
  #sync = new ClockSyncState()
  #known: DomainClockSources | undefined
  readonly #monotonic = new MonotonicDomainTime()
  readonly #wait = new ClockWait(() => this.#isKnown)
  /** Our session clock's reading when a suspend or a step of the wall clock was last detected. */
  #jumpedAtNs: bigint | undefined
  readonly #driver: Driver<ClockState, ClockEvent, ClockEffect>

  constructor(init: ClusterClocksInit) {
    this.#init = init
    this.#driver = new Driver({
      machine: { step: clockStep, nextDeadline: nextClockDeadline },
      clock: init.clock,
      perform: (effect) => this.#perform(effect),
      onAlarm: () => this.post({ type: 'woken' }),
      onSettled: () => this.#wait.check(),
      onBug: (error, { type }) => init.log('warn', `a bug: "${type}" could not be handled and was skipped: ${reasonOf(error)}`, { error })
    })
    this.#driver.start(initialClockState(init))
  }

  /** What our heartbeats carry; `undefined` unless we are Manager and back the domain clock. */
  get advertisement(): DomainClockAdvertisement | undefined {
    const source = this.#known?.advertised
    return source && { ...source, backingToDomainUncertaintyNs: source.backingToDomainUncertaintyNs ?? 0n }
  }

  /** To be called when the cluster may have changed, as after every event: only changes are posted. `slot`: the Manager we follow, if any. */
  follow(slot: string | undefined): void {
    const { clusterName, managerPeerId, membership } = this.#init.facts()
    const followedPeerId = slot === this.#init.localPeerId ? undefined : slot
    const isBacked = this.#isInheriting && this.#sources().isBackedByAny(membership.peers.map(({ peerId }) => peerId))
    const cluster = { clusterName, managerPeerId, followedPeerId, memberCount: membership.peers.length, isBacked }
    const known = this.#driver.state?.cluster
    if (Object.entries(cluster).some(([name, value]) => known?.[name as keyof typeof cluster] !== value)) {
      this.post({ type: 'cluster-changed', cluster })
    }
  }

  /** Measures a peer's clock until disposed of: at once, then at intervals. */
  watch(peer: string): Disposable {
    let isHeld = true
    this.post({ type: 'clock-wanted', peer })
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.post({ type: 'clock-unwanted', peer })
        isHeld = false
      }
    }
  }

  /** Nothing is measured or advertised any more. */
  stop(): void {
    this.post({ type: 'domain-clock', action: 'withdraw' })
    this.#driver.stop()
  }

  /** Tells the machine; what it wants done is done before this returns, unless it is told from within an effect. */
  post(event: ClockEvent): void {
    this.#driver.post(event)
  }

  /** A heartbeat of the sender says which clock backs the domain clock. */
  heard(senderPeerId: string, source: DomainClockAdvertisement): void {
    const { managerPeerId } = this.#init.facts()
    this.#sources().hear(source, { senderPeerId, managerPeerId })
    this.#wait.check()
  }

  /**
   * Takes a sample. Ignored are samples from anybody but the clock's owner, whose peer id its id begins with, and those that were under way during a
   * suspend.
   */
  observed({ peerId, localClockId, localClockHash, remoteClockId, remoteClockHash, sample }: NtpSample): void {
    if (!remoteClockId.startsWith(`${peerId}/`)) return
    if (this.#jumpedAtNs !== undefined && sample.observedAtClockNs - sample.roundTripNs < this.#jumpedAtNs) return
    const owner = { peerId, neededId: this.#backing?.backingClockId }
    this.#sync.observe(localClockId, localClockHash, remoteClockId, remoteClockHash, sample, owner)
    this.post({ type: 'sample-taken' })
  }

  /** Resolves once there is domain time. @throws `signal.reason` */
  whenKnown(signal: AbortSignal): Promise<void> {
    return this.#wait.until(signal)
  }

  get #isKnown(): boolean {
    try {
      this.domainTimeNow()
      return true
    } catch (error) {
      if (!(error instanceof DomainTimeNowError)) throw error
      return false
    }
  }

  /** @throws DomainClockEstimateUnavailable */
  domainClockEstimate({ maxAgeNs }: EstimateOptions = {}): DomainClockEstimate {
    return domainClockEstimate(this.#reading(this.#init.facts().managerPeerId, maxAgeNs))
  }

  /** Domain time in ns; with `monotonic` never below the last one given that way. @throws DomainTimeNowError */
  domainTimeNow({ maxAgeNs, monotonic = false }: EstimateOptions & { readonly monotonic?: boolean } = {}): bigint {
    const reading = this.#reading(this.#init.facts().managerPeerId, maxAgeNs)
    const nowNs = domainTimeNow(reading)
    return monotonic ? this.#monotonic.next(domainClockEstimate(reading), nowNs) : nowNs
  }

  /** @throws TimeError `stale` */
  clockSyncEstimate(localClockId: string, remoteClockId: string, { maxAgeNs }: EstimateOptions = {}): ClockTransformEstimate | undefined {
    const nowNs = this.#init.sessionClock.nowNs()
    return this.#sync.estimate(localClockId, remoteClockId, maxAgeNs === undefined ? { nowNs } : { nowNs, maxAgeNs })
  }

  clockSyncEstimates(): ClockTransformEstimate[] {
    return this.#sync.estimates({ nowNs: this.#init.sessionClock.nowNs() })
  }

  /** By live estimates, the domain clock and what `recorded` says. @throws ConvertTimeError */
  convertTime(from: ClockRef, to: ClockRef, tNs: bigint, recorded: readonly TimeStep[], options?: ConvertTimeOptions): ConvertedTime {
    return convertTime([...this.clockSyncEstimates().map(liveStep), ...this.#domainSteps(), ...recorded], from, to, tNs, options)
  }

  // None while there is no domain time.
  #domainSteps(): TimeStep[] {
    try {
      return [domainStep(this.domainClockEstimate())]
    } catch (error) {
      if (!(error instanceof DomainClockEstimateUnavailable)) throw error
      return []
    }
  }

  #perform(effect: ClockEffect): void {
    const { localPeerId: peerId, sessionClock, log, facts } = this.#init
    switch (effect.type) {
      case 'ask':
        return void this.#ask(effect)
      case 'drop-samples':
        this.#sync = new ClockSyncState()
        this.#jumpedAtNs = sessionClock.nowNs()
        return
      case 'start':
        return this.#sources().advertise(ownSource({ clusterName: facts().clusterName, peerId, clock: sessionClock }))
      case 'inherit':
        return this.#inherit()
      case 'withdraw':
        return this.#known?.withdraw()
      case 'warn':
        return log('warn', effect.text, effect.details)
      default:
        return assertNever(effect)
    }
  }

  async #ask(effect: Extract<ClockEffect, { type: 'ask' }>): Promise<void> {
    const outcome = await askForReadings(this.#init, effect, (sample) => this.observed(sample))
    this.post({ ...effect, type: 'clock-answered', outcome })
  }

  // From the source heard last, whoever backs it: what we advertised when we were Manager ourselves may be older than the last Manager's.
  #inherit(): void {
    try {
      this.#sources().advertise(inheritedSource(domainClockEstimate(this.#reading(undefined)), this.#init.localPeerId))
      this.post({ type: 'inherited' })
    } catch (error) {
      if (!(error instanceof DomainClockEstimateUnavailable)) throw error
    }
  }

  get #isInheriting(): boolean {
    return this.#driver.state?.restartAt !== undefined
  }

  /** The source of domain time, or, while we are about to continue the domain clock, the one to continue from. */
  get #backing(): DomainClockSource | undefined {
    return this.#sources().choose(this.#isInheriting ? undefined : this.#init.facts().managerPeerId)
  }

  #reading(preferredPeerId: string | undefined, maxAgeNs?: bigint): DomainClockReading {
    const clock = this.#init.sessionClock
    const sources = this.#sources()
    return {
      clusterName: sources.clusterName,
      source: sources.choose(preferredPeerId),
      clock,
      nowNs: clock.nowNs(),
      sync: this.#sync,
      maxAgeNs
    }
  }

  // With the target `mostRecentOrCreate` the cluster's name is known only during the bootstrap.
  #sources(): DomainClockSources {
    const { clusterName } = this.#init.facts()
    if (this.#known?.clusterName !== clusterName) this.#known = new DomainClockSources(clusterName)
    return this.#known
  }
}
