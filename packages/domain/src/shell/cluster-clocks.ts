/**
 * What time is it in the domain?
 *
 * The Manager's heartbeats say which session clock backs the domain clock, the heartbeats' echoes say how that clock relates to ours. A peer that
 * becomes Manager backs the domain clock with its own clock, at an offset that lets domain time go on.
 */
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
import type { ShellClock } from './clock.ts'
import { ClockWait } from './clock-wait.ts'

/** What the cluster layer knows at the moment. */
export interface ClusterFacts {
  readonly clusterName: string
  readonly managerPeerId: string | undefined
  readonly memberIds: readonly string[]
}

export interface ClusterClocksInit {
  readonly sessionClock: SessionClock
  readonly localPeerId: string
  readonly clock: Pick<ShellClock, 'monoMs'>
  /** How long a promoted Manager tries to go on with the domain clock it knew. */
  readonly domainRestartAfterMs: number
  readonly facts: () => ClusterFacts
  readonly log: Log
}

/** A sample of a member's clock, by heartbeats or by asking it. */
export type NtpSample = Omit<Extract<LivenessEvent, { type: 'ntp-sample-observed' }>, 'type'>

/** Ages in ns; without `maxAgeNs` any age will do. */
export interface EstimateOptions {
  readonly maxAgeNs?: bigint
}

export class ClusterClocks {
  readonly #init: ClusterClocksInit
  #sync = new ClockSyncState()
  #known: DomainClockSources | undefined
  /** Since when (monotonic ms) we are Manager without an estimate to go on with. */
  #inheritingSince: number | undefined
  readonly #monotonic = new MonotonicDomainTime()
  readonly #wait = new ClockWait(() => this.#isKnown)
  /** Reading of our clock when it was last found out that the machine slept or its clock was set. */
  #jumpedAtNs: bigint | undefined

  constructor(init: ClusterClocksInit) {
    this.#init = init
  }

  /** What our heartbeats carry; `undefined` unless we are Manager and back the domain clock. */
  get advertisement(): DomainClockAdvertisement | undefined {
    const source = this.#known?.advertised
    return source && { ...source, backingToDomainUncertaintyNs: source.backingToDomainUncertaintyNs ?? 0n }
  }

  /** The core's word: start a domain clock, go on with the one known, stop advertising. */
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

  /** A heartbeat of a peer said which clock backs the domain clock. */
  heard(senderPeerId: string, source: DomainClockAdvertisement): void {
    const { managerPeerId } = this.#init.facts()
    this.#sources().hear(source, { senderPeerId, managerPeerId })
    this.checkKnown()
  }

  /** A clock's id begins with its peer's: nobody else's word about it counts. Nor does a sample that was on its way when the machine slept. */
  observed({ peerId, localClockId, localClockHash, remoteClockId, remoteClockHash, sample }: NtpSample): void {
    if (!remoteClockId.startsWith(`${peerId}/`)) return
    if (this.#jumpedAtNs !== undefined && sample.observedAtClockNs - sample.roundTripNs < this.#jumpedAtNs) return
    const owner = { peerId, neededId: this.#backing?.backingClockId }
    this.#sync.observe(localClockId, localClockHash, remoteClockId, remoteClockHash, sample, owner)
    this.#tryToInherit()
    this.checkKnown()
  }

  /** The machine slept, or somebody set its clock: samples of before may say nothing about our clock of now. */
  jumped(): void {
    this.#sync = new ClockSyncState()
    this.#jumpedAtNs = this.#init.sessionClock.nowNs()
  }

  /** To be called now and then: gives up waiting for an estimate that nobody can bring any more. */
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

  // From the source heard most recently, whoever backs it: our own of an earlier reign may be older than the last Manager's.
  #tryToInherit(): void {
    if (this.#inheritingSince === undefined) return
    try {
      this.#advertise(inheritedSource(domainClockEstimate(this.#reading(undefined)), this.#init.localPeerId))
      this.#inheritingSince = undefined
    } catch (error) {
      if (!(error instanceof DomainClockEstimateUnavailable)) throw error
    }
  }

  /** Behind domain time as we know it or, while we look for what to go on with, behind that. */
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

  // A target without a name learns its cluster's only in the bootstrap.
  #sources(): DomainClockSources {
    const { clusterName } = this.#init.facts()
    if (this.#known?.clusterName !== clusterName) this.#known = new DomainClockSources(clusterName)
    return this.#known
  }
}
