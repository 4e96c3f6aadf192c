import { type AbortOptions, abortable, type Timer } from '@auki/canonical'
import {
  type ClockBody,
  checkRegistryId,
  type RegistryRef,
  type RegistryStore,
  type SensorKind,
  type Storage,
  sameRef
} from '@auki/registry'
import { type ClockRef, type ConvertedTime, type ConvertTimeOptions, convertTime, type SessionClock, type TimeStep } from '@auki/time'
import { asSessionError, SessionError } from './errors.ts'
import type { Log } from './log/log.ts'
import {
  type DetectionLogSpec,
  detectionManifest,
  type LogSpec,
  type PoseLogSpec,
  poseManifest,
  type SensorLogSpec,
  sensorManifest,
  type TimeTransformLogSpec,
  timeTransformManifest
} from './log/log-specs.ts'
import type { LogManifest } from './log/manifest.ts'
import type { PeerRegistries } from './peer-registries.ts'
import { makeSampleable } from './sample-time-transform.ts'
import {
  type DetectionLogHandle,
  Logbook,
  type PoseLogHandle,
  type SensorLogHandle,
  type SessionLogs,
  type TimeTransformLogHandle
} from './session-logs.ts'

/** What a session is made of; `Peer.startSession` puts it together. */
export interface SessionInit {
  /** The peer whose session it is. */
  readonly peerId: string
  /** The app that records; it stands in every manifest. */
  readonly appId: string
  readonly sessionId: string
  /** Where the logs are. */
  readonly storage: Storage
  readonly registryStore: RegistryStore
  readonly registries: PeerRegistries
  readonly clock: SessionClock
  readonly timer: Timer
  /** Makes a new ULID. */
  readonly newId: () => string
  readonly monotonicClock: RegistryRef
  readonly utcClock: RegistryRef
}

/**
 * One run of a peer: its clocks and the logs it writes. It knows no network and no domain. Made only by `Peer.startSession`.
 *
 * The register calls throw SessionError, and StorageError `invalid-path` for an id that can't be part of a path; nothing is written then.
 */
export class Session implements AsyncDisposable {
  /** The peer whose session it is. */
  readonly peerId: string
  /** The app that records; it stands in every manifest. */
  readonly appId: string
  /** ULID: 26 upper-case Crockford base32 characters, fresh with every start. */
  readonly sessionId: string
  /** Where the logs are. */
  readonly storage: Storage
  /** The session's one clock, shared by its logs and by whatever carries its time elsewhere. */
  readonly clock: SessionClock
  /** The registry entry of {@link clock}: ns since the session's start. */
  readonly monotonicClock: RegistryRef
  /** The registry entry of the wall clock: ns since 1970. */
  readonly utcClock: RegistryRef
  /** What the peer has registered: the entries that the logs refer to. A live view. */
  readonly registries: PeerRegistries
  readonly #registryStore: RegistryStore
  readonly #logbook: Logbook
  readonly #timer: Timer

  /** @internal */
  constructor(init: SessionInit) {
    this.peerId = init.peerId
    this.appId = init.appId
    this.sessionId = init.sessionId
    this.storage = init.storage
    this.clock = init.clock
    this.monotonicClock = init.monotonicClock
    this.utcClock = init.utcClock
    this.registries = init.registries
    this.#registryStore = init.registryStore
    this.#timer = init.timer
    this.#logbook = new Logbook({
      storage: init.storage,
      registryStore: init.registryStore,
      timer: init.timer,
      newId: init.newId,
      sensorKind: (sensor) =>
        init.registries.list('sensor').some((latest) => sameRef(latest, sensor))
          ? init.registries.version('sensor', sensor)?.kind
          : undefined,
      readerOf: (clock) => this.#readerOf(clock)
    })
  }

  /** The logs registered so far. */
  get logs(): SessionLogs {
    return this.#logbook
  }

  /** Whether `end` was called. */
  get ended(): boolean {
    return this.#logbook.ended
  }

  /** Write the entry of another clock of this session. @throws SessionError `invalid-id`, `registry`, `session-ended`. */
  registerClock(id: string, body: ClockBody, options: AbortOptions = {}): Promise<RegistryRef> {
    return asSessionError(async () => {
      this.#logbook.needLive()
      checkRegistryId(id)
      const entry = { ...body, peerId: this.peerId, sessionId: this.sessionId, clockId: id }
      return (await this.#registryStore.put('clock', entry, options)).ref
    })
  }

  /** @throws SessionError `sensor-not-registered` unless the sensor is what the peer last registered under its id; `duplicate-log`, `invalid-manifest`, … */
  async registerSensorLog<K extends SensorKind = SensorKind>(spec: SensorLogSpec<K>, options?: AbortOptions): Promise<SensorLogHandle<K>> {
    return this.#register(sensorManifest(this, spec), spec, options)
  }

  /** @throws SessionError `duplicate-log`, `invalid-manifest`, … */
  async registerPoseLog(spec: PoseLogSpec, options?: AbortOptions): Promise<PoseLogHandle> {
    return this.#register(poseManifest(this, spec), spec, options)
  }

  /** @throws SessionError `duplicate-log`, `invalid-manifest`, … */
  async registerTimeTransformLog(spec: TimeTransformLogSpec, options?: AbortOptions): Promise<TimeTransformLogHandle> {
    const handle: TimeTransformLogHandle = await this.#register(timeTransformManifest(this, spec), spec, options)
    makeSampleable(handle, { clock: this.clock, timer: this.#timer, monotonicClock: this.monotonicClock, utcClock: this.utcClock })
    return handle
  }

  /** @throws SessionError `duplicate-log`, `invalid-manifest`, … */
  async registerDetectionLog(spec: DetectionLogSpec, options?: AbortOptions): Promise<DetectionLogHandle> {
    return this.#register(detectionManifest(this, spec), spec, options)
  }

  /** How clocks relate, by the entries of this session's TimeTransform logs. A log that an earlier session began and this one continues counts whole. */
  get timeSteps(): readonly TimeStep[] {
    return this.#logbook.timeSteps
  }

  /**
   * What clock `to` shows at the instant at which clock `from` shows `tNs`, by this session's TimeTransform logs alone.
   *
   * @throws ConvertTimeError `no-path`; `stale`, with `maxAgeNs`; `conversion-out-of-range`.
   */
  convertTime(from: ClockRef, to: ClockRef, tNs: bigint, options?: ConvertTimeOptions): ConvertedTime {
    return convertTime(this.timeSteps, from, to, tNs, options)
  }

  /** Reserved. @throws SessionError `materialization` with `details.reason` `not-implemented`. */
  async materializeRemoteLog(): Promise<never> {
    throw notImplemented()
  }

  /** Reserved. @throws SessionError `materialization` with `details.reason` `not-implemented`. */
  async resolveStaticTransform(): Promise<never> {
    throw notImplemented()
  }

  /**
   * Seal every log. Idempotent; also `Symbol.asyncDispose`. Nothing can be registered afterwards.
   *
   * Never rejects because of a log that can't be written: see the `failure` of its handle. An abort ends the waiting, not the sealing.
   */
  end({ signal }: AbortOptions = {}): Promise<void> {
    return abortable(this.#logbook.end(), signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }

  #register<M extends LogManifest>(manifest: M, spec: LogSpec, options: AbortOptions = {}): Promise<Log<M>> {
    return asSessionError(() => {
      options.signal?.throwIfAborted()
      return this.#logbook.register(manifest, spec)
    })
  }

  #readerOf(clock: RegistryRef): (() => bigint) | undefined {
    if (sameRef(clock, this.monotonicClock)) return () => this.clock.nowNs()
    return sameRef(clock, this.utcClock) ? () => this.clock.utcNowNs() : undefined
  }
}

function notImplemented(): SessionError {
  const reason = 'not-implemented'
  return new SessionError('materialization', `materialization: ${reason}`, { reason })
}
