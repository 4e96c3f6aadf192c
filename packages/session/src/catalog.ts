/** The rows of a peer's catalog, straight from the state of its logs: no disk, no waiting. */
import type { RegistryRef } from '@auki/registry'
import type { LogHandle } from './log/log-handle.ts'
import type { LogManifest } from './log/manifest.ts'
import type { Peer } from './peer.ts'
import type { ResourceEntry, SensorSummary } from './resource-entry.ts'
import type { Session } from './session.ts'

/**
 * One row per log: sensor, pose, time-transform, detection logs, each in order of registration.
 *
 * A sealed log without entries has no extent and is not listed; an ended session has no rows.
 */
export function catalogOf(peer: Peer, session: Session): ResourceEntry[] {
  if (session.ended) return []
  const { sensorLogs, poseLogs, timeLogs, detectionLogs } = session.logs
  const logs: LogHandle[] = [...sensorLogs, ...poseLogs, ...timeLogs, ...detectionLogs]
  return logs.filter((log) => log.state === 'live' || log.extent !== undefined).map((log) => rowOf(log, (ref) => summaryOf(peer, ref)))
}

/** The row of one log. */
export function rowOf(log: LogHandle, sensorOf: (ref: RegistryRef) => SensorSummary | undefined): ResourceEntry {
  const { manifest } = log
  const common = commonOf(log)
  switch (manifest.variant) {
    case 'sensor_log': {
      const { variant, sensor, clock, frame } = manifest
      const summary = sensorOf(sensor)
      return { ...common, variant, ...(summary && { sensor: summary }), manifest: { clock, ...(frame && { frame }) } }
    }
    case 'pose_log': {
      const { variant, fromFrame, toFrame, clock, source, expectedRateHz, writerMode } = manifest
      return { ...common, variant, pose: { writerMode }, manifest: { fromFrame, toFrame, clock, source, expectedRateHz } }
    }
    case 'time_transform_log': {
      const { variant, fromClock, toClock, source } = manifest
      return { ...common, variant, manifest: { fromClock, toClock, source } }
    }
    case 'detection_log': {
      const { variant, detector, inputLog, inputSensor, clock } = manifest
      return { ...common, variant, manifest: { detector, inputLog, inputSensor, clock } }
    }
  }
}

function commonOf({ manifest, resourceId, state, head, extent, available }: LogHandle<unknown, LogManifest>) {
  const { sourcePeerId, writerPeerId } = manifest
  return { sourcePeerId, writerPeerId, resourceId, state, ...(state === 'live' ? { head } : extent && { extent }), available }
}

function summaryOf(peer: Peer, ref: RegistryRef): SensorSummary | undefined {
  const entry = peer.registries.version('sensor', ref)
  return entry && { kind: entry.kind, type: entry.type, sensorId: ref.id, sensorHash: ref.hash }
}
