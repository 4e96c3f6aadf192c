/** The rows of a peer's catalog, made from the state of its logs in memory. */
import type { LogHandle } from './log/log-handle.ts'
import type { LogManifest } from './log/manifest.ts'
import type { Peer } from './peer.ts'
import type { PeerRegistries } from './peer-registries.ts'
import type { ResourceEntry } from './resource-entry.ts'
import type { Session } from './session.ts'

/**
 * One row per log: sensor, pose, time-transform, detection logs, each in order of registration.
 *
 * A sealed log without entries has no extent and is not listed; an ended session has no rows.
 */
export function catalogOf(peer: Peer, session: Session): ResourceEntry[] {
  if (session.ended) return []
  return logsOf(session)
    .filter((log) => log.state === 'live' || log.extent !== undefined)
    .flatMap((log) => rowOf(log, peer.registries) ?? [])
}

/** All logs of a session, in the order of its catalog. */
export function logsOf({ logs }: Session): LogHandle<unknown, LogManifest>[] {
  return [...logs.sensorLogs, ...logs.poseLogs, ...logs.timeLogs, ...logs.detectionLogs]
}

/** The row of one log; `undefined` for one of a sensor that is not registered here. */
export function rowOf(log: LogHandle, registries: Pick<PeerRegistries, 'version'>): ResourceEntry | undefined {
  const { manifest } = log
  const common = commonOf(log)
  switch (manifest.variant) {
    case 'sensor_log': {
      const { variant, sensor, clock, frame } = manifest
      const entry = registries.version('sensor', sensor)
      if (entry === undefined) return undefined
      const summary = { kind: entry.kind, type: entry.type, sensorId: sensor.id, sensorHash: sensor.hash }
      return { ...common, variant, sensor: summary, manifest: { clock, ...(frame && { frame }) } }
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
