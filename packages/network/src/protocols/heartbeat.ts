/**
 * `/auki/heartbeat/0.0.1`: the beat that both sides of a carrier write.
 *
 * It carries what clocks need (when it was sent, and when the other side's last beat came) and, in a follower's beat, how old its
 * membership document is and which process it is of. A beat that is too long loses its extras, never the carrier.
 */
import type { Json } from '@auki/canonical'
import type { DomainClockSource } from '@auki/time'
import { checkFrameSize } from './frame.ts'
import { decodeJson, encodeJsonText, type JsonRecord } from './json-frame.ts'
import { heartbeatFrameBytesMax, heartbeatValuesMax, instanceCharsMax } from './limits.ts'
import type { Protocol } from './one-shot.ts'

export const PROTOCOL_ID = '/auki/heartbeat/0.0.1'
export const FRAME_BYTES_MAX: number = heartbeatFrameBytesMax

/** The protocol beside what is said over it: any number of frames. */
export const protocol: Protocol = { id: PROTOCOL_ID, frames: { capBytes: FRAME_BYTES_MAX, allowEmpty: false }, mayAsk: 'members' }

/** The domain clock as the Manager advertises it: some peer's session clock plus a constant. */
export type DomainClockAdvertisement = DomainClockSource

/** The newest beat received since our last one. */
export interface HeartbeatEcho {
  /** Its sequence (u64). */
  readonly sequence: bigint
  /** When it came, on our session clock, ns (i64). */
  readonly receivedAtClockNs: bigint
}

export interface HeartbeatFrame {
  /** Wall clock, unix ns (i64); for debugging only. */
  readonly sentAtUnixNs: bigint
  /** The sender's session clock and the hash of its registry entry. */
  readonly clockId: string
  readonly clockHash: string
  /** Per substream and sender, from 1 (u64); wraps, skipping 0. */
  readonly sequence: bigint
  /** Reading of that clock just before the write, ns (i64). */
  readonly sentAtClockNs: bigint
  readonly echo?: HeartbeatEcho
  readonly domainClock?: DomainClockAdvertisement
  /** The membership document a follower holds. */
  readonly membership?: { readonly epoch: number; readonly version: number }
  /** Tells two processes of one identity apart; only followers say. */
  readonly instance?: string
}

/** What a beat had to leave behind to fit. */
export type HeartbeatExtra = 'instance' | 'backing_to_domain_uncertainty_ns' | 'membership' | 'domain_clock'

const extras: readonly HeartbeatExtra[] = ['instance', 'backing_to_domain_uncertainty_ns', 'membership', 'domain_clock']
const utf8 = new TextEncoder()

/** The payload, fitted into the frame. @throws CodecError 'encode'; 'frame-too-large' when even the bare beat does not fit. */
export function encode(frame: HeartbeatFrame): Uint8Array {
  return encodeFitted(frame).payload
}

/** As {@link encode}, and which extras were dropped, in that order, because the frame was over {@link FRAME_BYTES_MAX}. */
export function encodeFitted(frame: HeartbeatFrame): { payload: Uint8Array; dropped: HeartbeatExtra[] } {
  const dropped: HeartbeatExtra[] = []
  let payload = encodeWithout(frame, dropped)
  for (const extra of extras) {
    if (payload.length <= FRAME_BYTES_MAX) break
    if (!hasExtra(frame, extra)) continue
    dropped.push(extra)
    payload = encodeWithout(frame, dropped)
  }
  checkFrameSize(payload.length, FRAME_BYTES_MAX)
  return { payload, dropped }
}

/** @throws CodecError 'empty-frame' | 'decode'; a frame without clock fields (a retired form) is 'decode'. */
export function decode(payload: Uint8Array): HeartbeatFrame {
  const record = decodeJson(payload, heartbeatValuesMax)
  return {
    sentAtUnixNs: record.i64('sent_at_unix_ns'),
    clockId: record.string('clock_id'),
    clockHash: record.string('clock_hash'),
    sequence: record.u64('sequence'),
    sentAtClockNs: record.i64('sent_at_clock_ns'),
    ...(record.has('echo') ? { echo: echoOf(record.record('echo')) } : {}),
    ...(record.has('domain_clock') ? { domainClock: domainClockOf(record.record('domain_clock')) } : {}),
    ...(record.has('membership') ? { membership: membershipOf(record.record('membership')) } : {}),
    ...instanceOf(record)
  }
}

function hasExtra(frame: HeartbeatFrame, extra: HeartbeatExtra): boolean {
  if (extra === 'membership' || extra === 'instance') return frame[extra] !== undefined
  return frame.domainClock !== undefined && (extra === 'domain_clock' || uncertaintyOf(frame.domainClock) !== 0n)
}

function encodeWithout(frame: HeartbeatFrame, dropped: readonly HeartbeatExtra[]): Uint8Array {
  const { echo, domainClock, membership, instance } = frame
  const json: { [key: string]: Json } = {
    sent_at_unix_ns: frame.sentAtUnixNs,
    clock_id: frame.clockId,
    clock_hash: frame.clockHash,
    sequence: frame.sequence,
    sent_at_clock_ns: frame.sentAtClockNs
  }
  if (echo !== undefined) json['echo'] = { sequence: echo.sequence, received_at_clock_ns: echo.receivedAtClockNs }
  if (domainClock !== undefined && !dropped.includes('domain_clock')) {
    json['domain_clock'] = domainClockJson(domainClock, !dropped.includes('backing_to_domain_uncertainty_ns'))
  }
  if (membership !== undefined && !dropped.includes('membership')) {
    json['membership'] = { epoch: membership.epoch, version: membership.version }
  }
  if (instance !== undefined && !dropped.includes('instance')) json['instance'] = instance
  return utf8.encode(encodeJsonText(json))
}

function domainClockJson(clock: DomainClockAdvertisement, withUncertainty: boolean): Json {
  const uncertainty = uncertaintyOf(clock)
  return {
    cluster_name: clock.clusterName,
    domain_clock_id: clock.domainClockId,
    domain_clock_hash: clock.domainClockHash,
    backing_peer_id: clock.backingPeerId,
    backing_clock_id: clock.backingClockId,
    backing_clock_hash: clock.backingClockHash,
    backing_to_domain_offset_ns: clock.backingToDomainOffsetNs,
    ...(withUncertainty && uncertainty !== 0n ? { backing_to_domain_uncertainty_ns: uncertainty } : {})
  }
}

function uncertaintyOf(clock: DomainClockAdvertisement): bigint {
  return clock.backingToDomainUncertaintyNs ?? 0n
}

function echoOf(record: JsonRecord): HeartbeatEcho {
  return { sequence: record.u64('sequence'), receivedAtClockNs: record.i64('received_at_clock_ns') }
}

function domainClockOf(record: JsonRecord): DomainClockAdvertisement {
  const uncertainty = 'backing_to_domain_uncertainty_ns'
  return {
    clusterName: record.string('cluster_name'),
    domainClockId: record.string('domain_clock_id'),
    domainClockHash: record.string('domain_clock_hash'),
    backingPeerId: record.string('backing_peer_id'),
    backingClockId: record.string('backing_clock_id'),
    backingClockHash: record.string('backing_clock_hash'),
    backingToDomainOffsetNs: record.i64('backing_to_domain_offset_ns'),
    ...(record.has(uncertainty) ? { backingToDomainUncertaintyNs: record.u64(uncertainty) } : {})
  }
}

function membershipOf(record: JsonRecord): { epoch: number; version: number } {
  return { epoch: record.counter('epoch'), version: record.counter('version') }
}

function instanceOf(record: JsonRecord): { instance?: string } {
  const instance = record.has('instance') ? record.string('instance') : ''
  return instance !== '' && instance.length <= instanceCharsMax ? { instance } : {}
}
