/** A row of Discovery as it comes over HTTP, checked. */

import { CodecError } from '../protocols/codec-errors.ts'
import { type JsonRecord, recordOf } from '../protocols/json-frame.ts'
import { canonicalMultiaddr, checkPeerId } from '../protocols/multiaddrs.ts'
import { DiscoveryClientError } from './errors.ts'

/** One cluster, as Discovery knows it. */
export interface DiscoveryClusterEntry {
  readonly name: string
  readonly managerPeerId: string
  /** Multiaddr strings in canonical text. */
  readonly managerMultiaddrs: readonly string[]
  readonly relayMultiaddrs: readonly string[]
  /** Members as the Manager last counted them (u32). */
  readonly peerCount: number
  /** Unix ns. */
  readonly createdNs: bigint
  readonly lastLivenessCheckNs: bigint
  /** One revision is one reign; missing on services that don't count them. */
  readonly revision?: number
  /** How long the row lives after its last stamp, ms; missing where the service doesn't say. */
  readonly sweepAfterMs?: number
  /** Tells two processes of one identity apart; `''` when none was given. */
  readonly instance: string
}

/** @throws CodecError; DiscoveryClientError 'invalid-peer-id' | 'invalid-multiaddr' */
export function decodeRow(record: JsonRecord): DiscoveryClusterEntry {
  return {
    name: record.string('name'),
    managerPeerId: peerIdOf(record.string('manager_peer_id')),
    managerMultiaddrs: record.strings('manager_multiaddrs').map(multiaddrOf),
    relayMultiaddrs: record.has('relay_multiaddrs') ? record.strings('relay_multiaddrs').map(multiaddrOf) : [],
    peerCount: record.u32('peer_count'),
    createdNs: record.u64('created_ns'),
    lastLivenessCheckNs: record.u64('last_liveness_check_ns'),
    ...(record.has('revision') ? { revision: record.counter('revision') } : {}),
    ...(record.has('sweep_after_ms') ? { sweepAfterMs: record.counter('sweep_after_ms') } : {}),
    instance: record.has('instance') ? record.string('instance') : ''
  }
}

/** The rows of a list; each is decoded by itself, so that a bad one costs only itself. */
export function decodeRows(record: JsonRecord): (DiscoveryClusterEntry | { readonly name: string | undefined; readonly error: unknown })[] {
  return record.array('clusters').map((item) => {
    let name: string | undefined
    try {
      const row = readable(() => recordOf(item, 'a row'))
      name = readable(() => row.string('name'))
      return readable(() => decodeRow(row))
    } catch (error) {
      return { name, error }
    }
  })
}

/** Turns what a codec finds wrong with an answer (to `call`, where that is known) into trouble with Discovery. */
export function readable<T>(work: () => T, call?: string): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause
    const asked = call === undefined ? '' : ` (to ${call})`
    throw new DiscoveryClientError('transport', `Discovery's answer cannot be read: ${cause.message}${asked}`, {}, { cause })
  }
}

function peerIdOf(text: string): string {
  try {
    return checkPeerId(text)
  } catch (cause) {
    throw new DiscoveryClientError('invalid-peer-id', `Discovery's row names "${text}", which is no peer id`, { text }, { cause })
  }
}

function multiaddrOf(text: string): string {
  try {
    return canonicalMultiaddr(text)
  } catch (cause) {
    throw new DiscoveryClientError('invalid-multiaddr', `Discovery's row names "${text}", which is no multiaddr`, { text }, { cause })
  }
}
