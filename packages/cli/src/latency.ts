import type { ClusterManager, Session, StreamManifest } from '@auki/domain'
import { offsetAt } from '@auki/time'

/**
 * How long an entry was on its way, ns: from the reading of its log's clock that it is stamped with to now.
 *
 * Undefined unless that clock was measured against ours (`/auki/heartbeat/0.0.1`); two machines' wall clocks say nothing about it.
 */
export function latencyOf(
  manager: Pick<ClusterManager, 'clockSyncEstimate'>,
  { clock }: Pick<Session, 'clock'>,
  manifest: Pick<StreamManifest, 'clockId' | 'clockHash'>,
  timestampNs: bigint
): bigint | undefined {
  const estimate = manager.clockSyncEstimate(clock.id, manifest.clockId)
  if (estimate === undefined || estimate.toClockHash !== manifest.clockHash) return undefined
  const nowNs = clock.nowNs()
  return nowNs + offsetAt(estimate, nowNs) - timestampNs
}
