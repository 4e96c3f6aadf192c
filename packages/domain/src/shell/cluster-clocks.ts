/**
 * Domain time, and which clock backs it.
 *
 * The Manager's heartbeats say which session clock backs the domain clock, the heartbeats' echoes say how that clock relates to ours. A peer that
 * becomes Manager backs the domain clock with its own clock, at an offset that lets domain time go on.
 */
import type { Clock } from '@auki/canonical'
import type { DomainClockAdvertisement, LivenessEvent } from '@auki/network'
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
  type SessionClock,
  type TimeStep
} from '@auki/time'
import type { Log } from '../log.ts'
import { ClockWait } from './clock-wait.ts'

/** What the clocks need to know of the cluster. */
export interface ClusterFacts {
  readonly clusterName: string
  readonly managerPeerId: string | undefined
  readonly memberIds: readonly string[]
}

export interface ClusterClocksInit {
  readonly sessionClock: SessionClock
  readonly localPeerId: string
  readonly clock: Pick<Clock, 'monoMs'>
  /** How long a new Manager waits for an estimate that lets it continue the domain clock; ms. */
  readonly domainRestartAfterMs: number
  readonly facts: () => ClusterFacts
  readonly log: Log
}

/** A sample of a member's clock, from heartbeats or from a request. */
export type NtpSample = Omit<Extract<LivenessEvent, { type: 'ntp-sample-observed' }>, 'type'>

/** Options of estimates. `maxAgeNs` (ns): an estimate whose last sample is older is an error `stale`; default: any age will do. */
export interface EstimateOptions {
  readonly maxAgeNs?: bigint
}

export class ClusterClocks {
  readonly #init: ClusterClocksInit
  #sync = new ClockSyncState()
  #known: DomainClockSources | undefined
  /** Since when (monotonic ms) we are Manager and wait for an estimate to continue the domain clock with. */
  #inheritingSince: number | undefined
  readonly #monotonic = new MonotonicDomainTime()
  readonly #wait = new ClockWait(() => this.#isKnown)
  /** Our session clock's reading when a suspend or a step of the wall clock was last detected. */
  #jumpedAtNs: bigint | undefined

  constructor(init: ClusterClocksInit) {
    this.#init = init
  }

  /** What our heartbeats carry; `undefined` unless we are Manager and back the domain clock. */
  get advertisement(): DomainClockAdvertisement | undefined {
    const source = this.#known?.advertised
    return source && { ...source, backingToDomainUncertaintyNs: source.backingToDomainUncertaintyNs ?? 0n }
  }

  /** Does as the core decided: start a new domain clock, continue the known one, or stop advertising it. */
  apply(action: 'start' | 'inherit' | 'withdraw'): void {
    this.#inheritingSince = undefined
    switch (action) {
      case 'start':
        return this.#startTimeline()
      case 'inherit':
        this.#inheritingSince = this.#init.clock.monoMs()
        return this.#tryToInherit()
      case 'withdraw':
        return this.#known?.withdraw()
    }
  }

  /** A heartbeat of the sender says which clock backs the domain clock. */
  heard(senderPeerId: string, source: DomainClockAdvertisement): void {
    const { managerPeerId } = this.#init.facts()
    this.#sources().hear(source, { senderPeerId, managerPeerId })
    this.checkKnown()
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
    this.#tryToInherit()
    this.checkKnown()
  }

  /** The machine was suspended or its clock set: earlier samples may be wrong by the time it took, and are dropped. */
  jumped(): void {
    this.#sync = new ClockSyncState()
    this.#jumpedAtNs = this.#init.sessionClock.nowNs()
  }

  /** To be called at every alarm: starts a new timeline when the one before can't be continued any more. */
  tick(): void {
    const since = this.#inheritingSince
    if (since === undefined || this.#init.clock.monoMs() - since < this.#init.domainRestartAfterMs) return
    const { clusterName, memberIds } = this.#init.facts()
    if (this.#sources().isBackedByAny(memberIds)) return
    this.#inheritingSince = undefined
    this.#init.log('warn', `the time of cluster "${clusterName}" starts anew: no member knows the domain clock of its former Managers`, {
      clusterName
    })
    this.#startTimeline()
  }

  /** Resolves once there is domain time. @throws `signal.reason` */
  whenKnown(signal: AbortSignal): Promise<void> {
    return this.#wait.until(signal)
  }

  /** To be called when facts or samples have changed. */
  checkKnown(): void {
    this.#wait.check()
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

  #startTimeline(): void {
    const { clusterName } = this.#init.facts()
    this.#advertise(ownSource({ clusterName, peerId: this.#init.localPeerId, clock: this.#init.sessionClock }))
  }

  // From the source heard last, whoever backs it: what we advertised when we were Manager ourselves may be older than the last Manager's.
  #tryToInherit(): void {
    if (this.#inheritingSince === undefined) return
    try {
      this.#advertise(inheritedSource(domainClockEstimate(this.#reading(undefined)), this.#init.localPeerId))
      this.#inheritingSince = undefined
    } catch (error) {
      if (!(error instanceof DomainClockEstimateUnavailable)) throw error
    }
  }

  /** The source of domain time, or, while we are about to continue the domain clock, the one to continue from. */
  get #backing(): DomainClockSource | undefined {
    return this.#sources().choose(this.#inheritingSince === undefined ? this.#init.facts().managerPeerId : undefined)
  }

  #advertise(source: DomainClockSource): void {
    this.#sources().advertise(source)
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
