/** The logs of one session: registering them, listing them, and sealing them at the end. */
import type { Timer } from '@auki/canonical'
import type { PayloadKind, PayloadOf } from '@auki/datatypes'
import { bytesOf, type RegistryRef, type RegistryStore, type SensorKind, type Storage } from '@auki/registry'
import type { TimeStep } from '@auki/time'
import { SessionError } from './errors.ts'
import { settleEarlier } from './log/earlier.ts'
import { Log } from './log/log.ts'
import { LogClock } from './log/log-clock.ts'
import type { LogHandle } from './log/log-handle.ts'
import { logDirectory, manifestPath, unsafeLogDirectory } from './log/log-paths.ts'
import { clampToI64, type LogSpec } from './log/log-specs.ts'
import type { DetectionLogManifest, LogManifest, PoseLogManifest, SensorLogManifest, TimeTransformLogManifest } from './log/manifest.ts'
import { clocksOf, resourceIdOf } from './log/manifest.ts'
import { decodeManifest, encodeManifest } from './log/manifest-codec.ts'
import { validateManifest } from './log/manifest-rules.ts'
import { claim, isOpen } from './log/open-directories.ts'
import { payloadKindOf, type sensorPayloadKinds } from './log/payload-kind.ts'
import { appendable, damageOf, scanSegments } from './log/scan.ts'
import type { LogRef } from './resource-entry.ts'
import { maxAheadNsDefault } from './settings.ts'
import { TransformHistory } from './transform-history.ts'

/** What the entries of a sensor's log hold. */
export type SensorPayload<K extends SensorKind = SensorKind> = PayloadOf<(typeof sensorPayloadKinds)[K]>

/** A log of a sensor; what its entries hold follows from the sensor's kind. */
export type SensorLogHandle<K extends SensorKind = SensorKind> = LogHandle<SensorPayload<K>, SensorLogManifest>
/** A log of poses. */
export type PoseLogHandle = LogHandle<PayloadOf<'pose'>, PoseLogManifest>
/** A log of how two clocks relate. */
export type TimeTransformLogHandle = LogHandle<PayloadOf<'time_transform'>, TimeTransformLogManifest>
/** A log of detections. */
export type DetectionLogHandle = LogHandle<PayloadOf<'detection'>, DetectionLogManifest>

/** A live view of a session's logs, each kind in order of registration. */
export interface SessionLogs {
  /** Logs of sensors. */
  readonly sensorLogs: readonly SensorLogHandle[]
  /** Logs of poses. */
  readonly poseLogs: readonly PoseLogHandle[]
  /** Logs of how clocks relate. */
  readonly timeLogs: readonly TimeTransformLogHandle[]
  /** Logs of detections. */
  readonly detectionLogs: readonly DetectionLogHandle[]
}

interface Components {
  readonly storage: Storage
  readonly registryStore: RegistryStore
  readonly timer: Timer
  readonly newId: () => string
  /** The kind of sensor, when the reference is to what the peer last registered under its id. */
  readonly sensorKind: (sensor: RegistryRef) => SensorKind | undefined
  /** Reads a clock, ns; `undefined` for one we can't read. */
  readonly readerOf: (clock: RegistryRef) => (() => bigint) | undefined
}

// A place in the order of registration. It is taken at once; opening the log takes a moment longer.
interface Slot {
  readonly manifest: LogManifest
  readonly resourceId: string
  readonly kind: PayloadKind
  /** For a TimeTransform log only. */
  readonly history: TransformHistory | undefined
  log?: Log
}

export class Logbook implements SessionLogs {
  readonly #components: Components
  readonly #opening = new Set<Promise<unknown>>()
  #slots: readonly Slot[] = []
  #ended: Promise<void> | undefined

  constructor(components: Components) {
    this.#components = components
  }

  get sensorLogs(): readonly SensorLogHandle[] {
    return this.#logs('sensor_log')
  }

  get poseLogs(): readonly PoseLogHandle[] {
    return this.#logs('pose_log')
  }

  get timeLogs(): readonly TimeTransformLogHandle[] {
    return this.#logs('time_transform_log')
  }

  get detectionLogs(): readonly DetectionLogHandle[] {
    return this.#logs('detection_log')
  }

  /** What the time logs say about clocks. */
  get timeSteps(): TimeStep[] {
    return this.#slots.flatMap(({ history }) => history?.step ?? [])
  }

  get ended(): boolean {
    return this.#ended !== undefined
  }

  /** Checks the manifest and takes the next place at once; then deals with an earlier recording in the directory and writes the manifest. */
  async register<M extends LogManifest>(built: M, spec: LogSpec): Promise<Log<M>> {
    this.needLive()
    const ref = { sourcePeerId: built.sourcePeerId, resourceId: resourceIdOf(built) }
    const kind = this.#check(built, ref)
    const release = claim(this.#components.storage, logDirectory(ref))
    const manifest = decodeManifest(encodeManifest(built))
    const history = manifest.variant === 'time_transform_log' ? new TransformHistory(manifest) : undefined
    const slot: Slot = { manifest, resourceId: ref.resourceId, kind, history }
    this.#slots = [...this.#slots, slot]
    const opening = this.#open(slot, ref, spec, release)
    this.#opening.add(opening)
    try {
      return (await opening) as Log<M>
    } catch (error) {
      this.#slots = this.#slots.filter((other) => other !== slot)
      release()
      throw error
    } finally {
      this.#opening.delete(opening)
    }
  }

  needLive(): void {
    if (this.ended) throw new SessionError('session-ended', 'the session has ended; start another one')
  }

  /** Seals every log, also those that are just being opened. Idempotent. A log that could not be written says so by its handle. */
  end(): Promise<void> {
    this.#ended ??= this.#sealAll()
    return this.#ended
  }

  async #sealAll(): Promise<void> {
    await Promise.allSettled(this.#opening)
    await Promise.allSettled(this.#slots.map((slot) => slot.log?.seal()))
  }

  #check(manifest: LogManifest, ref: LogRef): PayloadKind {
    const taken = this.#slots.some((slot) => slot.manifest.variant === manifest.variant && slot.resourceId === ref.resourceId)
    if (taken || isOpen(this.#components.storage, unsafeLogDirectory(ref))) {
      throw new SessionError('duplicate-log', `duplicate log ${ref.sourcePeerId}/${ref.resourceId}`, { ...ref })
    }
    const sensorKind = manifest.variant === 'sensor_log' ? this.#components.sensorKind(manifest.sensor) : undefined
    if (manifest.variant === 'sensor_log' && sensorKind === undefined) throw notRegistered(manifest.sensor)
    validateManifest(manifest)
    return payloadKindOf(manifest, sensorKind)
  }

  async #open(slot: Slot, ref: LogRef, spec: LogSpec, release: () => void): Promise<Log> {
    const { storage, timer, newId } = this.#components
    const { manifest, kind } = slot
    const directory = logDirectory(ref)
    const sessionId = (await settleEarlier(this.#components, ref, manifest, spec.earlier)) ?? manifest.sessionId
    const scanned = await scanSegments({ storage, directory, segmentDurationNs: manifest.segmentDurationNs, sessionId })
    const damage = damageOf(scanned, 'writer')
    const { segments, recover } = appendable(scanned)
    await storage.write(manifestPath(directory), bytesOf(encodeManifest(manifest)))
    await recover(storage, manifest.sessionId)
    const { head: given } = spec
    const head = given.kind === 'rolling' ? { kind: given.kind, retentionNs: clampToI64(given.retentionNs) } : { kind: given.kind }
    const nowNs = this.#components.readerOf(clocksOf(manifest)[0])
    const { maxAheadNs = maxAheadNsDefault } = spec
    const clock = nowNs === undefined || maxAheadNs === 'any' ? undefined : new LogClock(nowNs, maxAheadNs)
    const registeredAtNs = nowNs?.() ?? 0n
    const { history } = slot
    const onAppended = history && ((timestampNs: bigint, payload: Uint8Array) => history.add(timestampNs, payload))
    const recordingId = newId()
    const log = new Log({
      storage,
      directory,
      manifest,
      kind,
      recordingId,
      head,
      segments,
      damage,
      timer,
      registeredAtNs,
      clock,
      release,
      onAppended
    })
    if (history !== undefined) await history.addAll(log.read())
    slot.log = log
    return log
  }

  // The variant of a manifest decides the payload type of its log, which the compiler can't see here.
  #logs<T, M extends LogManifest>(variant: M['variant']): readonly LogHandle<T, M>[] {
    return this.#slots.flatMap(({ manifest, log }) => (manifest.variant === variant && log !== undefined ? [log as unknown as Log<M>] : []))
  }
}

function notRegistered({ id, hash }: RegistryRef): SessionError {
  const remedy = 'register it and pass the reference that call returned'
  return new SessionError('sensor-not-registered', `this peer has no sensor "${id}" of the version "${hash}"; ${remedy}`, { sensorId: id })
}
