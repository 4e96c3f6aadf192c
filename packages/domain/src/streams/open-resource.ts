import type { PayloadKind, ReadFrom } from '@auki/datatypes'
import { OpenStreamError, type PeerRuntime, type StreamPriority, type SubscriptionTo } from '@auki/network'
import { payloadKindOf, type ResourceEntry } from '@auki/session'
import type { CallOptions } from '../shell/fetch.ts'
import { expectedOf } from './log-manifest.ts'

export interface OpenResourceOptions<K extends PayloadKind = PayloadKind> extends CallOptions {
  /** The expected kind of entries; OpenStreamError `manifest-mismatch` when the row has another. Default: the row's. */
  readonly kind?: K
  /** Default: `latest`. */
  readonly from?: ReadFrom
  /** `latest`: of the live entries that wait only the newest is kept, the others are counted as dropped; of history none is. Default: `all`. */
  readonly keep?: 'all' | 'latest'
  /**
   * What goes first where the way from the producer is slow: `control`, then `pose`, then `bulk`. Default: by the kind of payload; `control` for time
   * transforms, `pose` for poses, joint encoders and detections, `bulk` for the others.
   */
  readonly priority?: StreamPriority
  /** A broken connection does not end it: it is opened again where it stood, once the peer is a member and connected again. Default: false. */
  readonly resume?: boolean
}

/** Reads the log of a catalog row from the peer that holds it. @throws OpenStreamError */
export async function openResource<K extends PayloadKind>(
  runtime: PeerRuntime,
  row: ResourceEntry,
  { kind, from = 'latest', keep = 'all', resume = false, priority, signal }: OpenResourceOptions<K>
): Promise<SubscriptionTo<K>> {
  const found = payloadKindOf(row, row.variant === 'sensor_log' ? row.sensor.kind : undefined)
  const { writerPeerId, sourcePeerId, resourceId } = row
  if (kind !== undefined && kind !== found) {
    const message = `"${resourceId}" of ${sourcePeerId} has ${found} entries, asked for were ${kind}: ask for the kind that the row has`
    throw new OpenStreamError('manifest-mismatch', message, { field: 'kind', expected: kind, found })
  }
  const options = { keep, resume, priority, expected: expectedOf(row), signal }
  // Checked above: `found` is the kind that was asked for, if one was.
  return (await runtime.openStream(writerPeerId, { resourceId, sourcePeerId, from }, found, options)) as SubscriptionTo<K>
}
