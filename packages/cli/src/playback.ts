/**
 * A recording as a peer's own logs.
 *
 * Ids stay the same, so that the logs can be asked for by the same names; ids of a second peer in the recording are prefixed with its peer id, those of a log
 * that a peer had again after a restart are numbered (`camera~2`, `odom~2->base_link~2`). Timestamps stay, too: the clocks of the recording become clocks of
 * this session, and have no known relation to any clock that runs now.
 */
import { type Peer, type RegistryRef, rosBody, rosOptical, type Session } from '@auki/domain'
import type { SensorBody } from '@auki/registry'
import type { LogHandle, LogRef } from '@auki/session'
import type { Track } from './mcap/channels.ts'
import type { ForeignLog } from './mcap/foreign-log.ts'
import { entryOf, type RecordedLog, sensorOf } from './mcap/recorded-log.ts'
import type { Survey } from './mcap/recording-reader.ts'
import { playRetentionNsMin } from './settings.ts'

/** What a played log takes: payloads as they were recorded. */
export type PlayedLog = Pick<LogHandle, 'resourceId' | 'append' | 'seal'>

/** How the entries of a log come, which the log has to have room for. */
export type Keeping =
  | { readonly head: { readonly kind: 'fixed' }; readonly segmentDurationNs?: bigint }
  | { readonly head: { readonly kind: 'rolling'; readonly retentionNs: bigint } }

/** The timestamps are those of the recording, whatever the time is now. */
type Kept = Keeping & { readonly maxAheadNs: 'any' }

/** What is played in a loop is kept for one pass. Entries come in order of time unless they are too many to sort; a log then has to take them as they come. */
export function keepingOf(survey: Pick<Survey, 'tracks' | 'isSorted'>, track: Track, { loop }: { readonly loop: boolean }): Keeping {
  const { minNs, maxNs } = survey.tracks.get(track)!
  if (!loop) return { head: { kind: 'fixed' }, ...(survey.isSorted ? {} : { segmentDurationNs: maxNs + 1n }) }
  const spanNs = maxNs - minNs
  return { head: { kind: 'rolling', retentionNs: spanNs > playRetentionNsMin ? spanNs : playRetentionNsMin } }
}

interface OwnLog {
  readonly log: RecordedLog
  readonly run: number
  readonly keeping: Kept
}

const numbered = (id: string, run: number): string => (run === 1 ? id : `${id}~${run}`)

/** Registers the logs of one recording, one after the other. */
export class Cast {
  readonly #peer: Peer
  readonly #session: Session
  /** The peer whose ids stay as they are. */
  #firstPeerId: string | undefined

  constructor(peer: Peer, session: Session) {
    this.#peer = peer
    this.#session = session
  }

  /** @throws SessionError, for instance `duplicate-log` when the recording has a log twice. */
  async register({ log, run }: Pick<Track, 'log' | 'run'>, keeping: Keeping = { head: { kind: 'fixed' } }): Promise<PlayedLog> {
    const kept: Kept = { ...keeping, maxAheadNs: 'any' }
    return 'row' in log ? this.#own({ log, run, keeping: kept }) : this.#foreign(log, run, kept)
  }

  async #foreign(log: ForeignLog, run: number, keeping: Kept): Promise<PlayedLog> {
    const { clock: type } = log
    const epoch = type === 'utc_clock' ? '1970-01-01T00:00:00Z' : null
    const clock = await this.#session.registerClock('log-time', { type, unit: 'ns', monotonic: false, epoch, scope: 'domain-local' })
    if (log.variant === 'pose') {
      const [fromFrame, toFrame] = [await this.#peer.registerFrame(log.from, rosBody), await this.#peer.registerFrame(log.to, rosBody)]
      const spec = { fromFrame, toFrame, clock, source: { kind: 'manual' }, writerMode: 'movable', expectedRateHz: 0 } as const
      return this.#session.registerPoseLog({ ...spec, ...keeping })
    }
    const frame = await this.#peer.registerFrame(log.frame, log.body.kind === 'camera' ? rosOptical : rosBody)
    const sensor = await this.#peer.registerSensor(numbered(log.id, run), { ...log.body, frame } as SensorBody)
    return this.#session.registerSensorLog({ sensor, clock, ...keeping })
  }

  async #own(own: OwnLog): Promise<PlayedLog> {
    const { log, run, keeping } = own
    this.#firstPeerId ??= log.row.sourcePeerId
    const { row } = log
    switch (row.variant) {
      case 'sensor_log':
        return this.#sensorLog(own, row.manifest)
      case 'pose_log': {
        const { manifest, pose } = row
        const { source, expectedRateHz } = manifest
        const [fromFrame, toFrame, clock] = [
          await this.#frame(log, manifest.fromFrame, run),
          await this.#frame(log, manifest.toFrame, run),
          await this.#clock(log, manifest.clock)
        ]
        const writerMode = pose?.writerMode ?? 'movable'
        return this.#session.registerPoseLog({ fromFrame, toFrame, clock, source, writerMode, expectedRateHz, ...keeping })
      }
      case 'time_transform_log': {
        const [fromClock, toClock] = [await this.#clock(log, row.manifest.fromClock), await this.#clock(log, row.manifest.toClock)]
        return this.#session.registerTimeTransformLog({ fromClock, toClock, source: row.manifest.source, ...keeping })
      }
      case 'detection_log': {
        const { manifest } = row
        const [detector, clock] = [await this.#detector(log, manifest.detector, run), await this.#clock(log, manifest.clock)]
        const inputSensor = { ...manifest.inputSensor, id: this.#id(manifest.inputSensor) }
        const inputLog = this.#logRef(manifest.inputLog)
        return this.#session.registerDetectionLog({ detector, inputLog, inputSensor, clock, ...keeping })
      }
    }
  }

  async #sensorLog(
    { log, run, keeping }: OwnLog,
    manifest: { readonly clock: RegistryRef; readonly frame?: RegistryRef }
  ): Promise<PlayedLog> {
    const entry = sensorOf(log)
    if (entry === undefined) throw new TypeError(`nothing is known of the sensor of "${log.row.resourceId}"`)
    const { peerId, sensorId, canonicalJson: _, ...body } = entry
    const frame = await this.#frame(log, entry.frame)
    const sensor = await this.#peer.registerSensor(numbered(this.#id({ peerId, id: sensorId }), run), { ...body, frame })
    const clock = await this.#clock(log, manifest.clock)
    const logFrame = manifest.frame && { frame: await this.#frame(log, manifest.frame) }
    return this.#session.registerSensorLog({ sensor, clock, ...keeping, ...logFrame })
  }

  async #frame(log: RecordedLog, ref: RegistryRef, run = 1): Promise<RegistryRef> {
    const entry = entryOf(log, 'frame', ref)
    if (entry === undefined) return ref
    const { handedness, axes, units } = entry
    return this.#peer.registerFrame(numbered(this.#id(ref), run), { handedness, axes, units })
  }

  async #clock(log: RecordedLog, ref: RegistryRef): Promise<RegistryRef> {
    const entry = entryOf(log, 'clock', ref)
    if (entry === undefined) return ref
    const { type, unit, monotonic, epoch, scope } = entry
    return this.#session.registerClock(this.#id(ref), { type, unit, monotonic, epoch, scope })
  }

  async #detector(log: RecordedLog, ref: RegistryRef, run: number): Promise<RegistryRef> {
    const entry = entryOf(log, 'detector', ref)
    if (entry === undefined) return ref
    const { peerId: _, detectorId: __, canonicalJson: ___, outputTypes, ...body } = entry
    return this.#peer.registerDetector(numbered(this.#id(ref), run), body, outputTypes)
  }

  #logRef({ sourcePeerId, resourceId }: LogRef): LogRef {
    return { sourcePeerId: this.#peer.peerId, resourceId: this.#id({ peerId: sourcePeerId, id: resourceId }) }
  }

  #id({ peerId, id }: Pick<RegistryRef, 'peerId' | 'id'>): string {
    return peerId === this.#firstPeerId ? id : `${peerId}/${id}`
  }
}
