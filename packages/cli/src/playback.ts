/**
 * A recording as a peer's own logs.
 *
 * Ids stay the same, so that the logs can be asked for by the same names; ids of a second peer in the recording are prefixed with its peer id. Timestamps
 * stay, too: the clocks of the recording become clocks of this session, and have no known relation to any clock that runs now.
 */
import type { Peer, RegistryRef, Session } from '@auki/domain'
import type { LogHandle, LogRef } from '@auki/session'
import { entryOf, type RecordedLog, sensorOf } from './mcap/recorded-log.ts'

/** What a played log takes: payloads as they were recorded. */
export type PlayedLog = Pick<LogHandle, 'resourceId' | 'append' | 'seal'>

/** The timestamps are those of the recording, whatever the time is now. */
const played = { head: { kind: 'fixed' }, maxAheadNs: 'any' } as const

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
  async register(log: RecordedLog): Promise<PlayedLog> {
    this.#firstPeerId ??= log.row.sourcePeerId
    const { row } = log
    switch (row.variant) {
      case 'sensor_log':
        return this.#sensorLog(log, row.manifest)
      case 'pose_log': {
        const { manifest, pose } = row
        const { source, expectedRateHz } = manifest
        const [fromFrame, toFrame, clock] = [
          await this.#frame(log, manifest.fromFrame),
          await this.#frame(log, manifest.toFrame),
          await this.#clock(log, manifest.clock)
        ]
        const writerMode = pose?.writerMode ?? 'movable'
        return this.#session.registerPoseLog({ fromFrame, toFrame, clock, source, writerMode, expectedRateHz, ...played })
      }
      case 'time_transform_log': {
        const [fromClock, toClock] = [await this.#clock(log, row.manifest.fromClock), await this.#clock(log, row.manifest.toClock)]
        return this.#session.registerTimeTransformLog({ fromClock, toClock, source: row.manifest.source, ...played })
      }
      case 'detection_log': {
        const { manifest } = row
        const [detector, clock] = [await this.#detector(log, manifest.detector), await this.#clock(log, manifest.clock)]
        const inputSensor = { ...manifest.inputSensor, id: this.#id(manifest.inputSensor) }
        const inputLog = this.#logRef(manifest.inputLog)
        return this.#session.registerDetectionLog({ detector, inputLog, inputSensor, clock, ...played })
      }
    }
  }

  async #sensorLog(log: RecordedLog, manifest: { readonly clock: RegistryRef; readonly frame?: RegistryRef }): Promise<PlayedLog> {
    const entry = sensorOf(log)
    if (entry === undefined) throw new TypeError(`nothing is known of the sensor of "${log.row.resourceId}"`)
    const { peerId, sensorId, canonicalJson: _, ...body } = entry
    const frame = await this.#frame(log, entry.frame)
    const sensor = await this.#peer.registerSensor(this.#id({ peerId, id: sensorId }), { ...body, frame })
    const clock = await this.#clock(log, manifest.clock)
    const logFrame = manifest.frame && { frame: await this.#frame(log, manifest.frame) }
    return this.#session.registerSensorLog({ sensor, clock, ...played, ...logFrame })
  }

  async #frame(log: RecordedLog, ref: RegistryRef): Promise<RegistryRef> {
    const entry = entryOf(log, 'frame', ref)
    if (entry === undefined) return ref
    const { handedness, axes, units } = entry
    return this.#peer.registerFrame(this.#id(ref), { handedness, axes, units })
  }

  async #clock(log: RecordedLog, ref: RegistryRef): Promise<RegistryRef> {
    const entry = entryOf(log, 'clock', ref)
    if (entry === undefined) return ref
    const { type, unit, monotonic, epoch, scope } = entry
    return this.#session.registerClock(this.#id(ref), { type, unit, monotonic, epoch, scope })
  }

  async #detector(log: RecordedLog, ref: RegistryRef): Promise<RegistryRef> {
    const entry = entryOf(log, 'detector', ref)
    if (entry === undefined) return ref
    const { peerId: _, detectorId: __, canonicalJson: ___, outputTypes, ...body } = entry
    return this.#peer.registerDetector(this.#id(ref), body, outputTypes)
  }

  #logRef({ sourcePeerId, resourceId }: LogRef): LogRef {
    return { sourcePeerId: this.#peer.peerId, resourceId: this.#id({ peerId: sourcePeerId, id: resourceId }) }
  }

  #id({ peerId, id }: Pick<RegistryRef, 'peerId' | 'id'>): string {
    return peerId === this.#firstPeerId ? id : `${peerId}/${id}`
  }
}
