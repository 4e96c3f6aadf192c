/** A row of Discovery as it comes over HTTP, checked. */
import { cutText, type Json, stringifyJson } from '@auki/canonical'
import { canonicalMultiaddr, isPeerId } from '@auki/identity'
import { CodecError } from '../protocols/codec-errors.ts'
import { type JsonRecord, recordOf } from '../protocols/json-frame.ts'
import { multiaddrCharsMax } from '../protocols/limits.ts'
import { DiscoveryClientError } from './errors.ts'

/** One cluster, as Discovery knows it. */
export interface DiscoveryClusterEntry {
  /** `^[A-Za-z0-9_-]{1,64}$`. */
  readonly name: string
  /** Base58 peer id. */
  readonly managerPeerId: string
  /** Multiaddr strings in canonical text. */
  readonly managerMultiaddrs: readonly string[]
  /** Relays of the cluster, likewise; often empty. */
  readonly relayMultiaddrs: readonly string[]
  /** Members as the Manager last counted them (u32). */
  readonly peerCount: number
  /** Unix ns of the create. */
  readonly createdNs: bigint
  /** Unix ns of the last create, rotate or liveness check. */
  readonly lastLivenessCheckNs: bigint
  /** One revision is one reign; missing on services that don't count them. */
  readonly revision?: number
  /** How long the row lives after its last stamp, ms; missing where the service doesn't say. */
  readonly sweepAfterMs?: number
  /** Tells two processes of one identity apart; `''` when none was given. */
  readonly instance: string
  /** What the row gives as addresses and is none, each cut to 512 characters; left out of the lists above. Missing where there is no such thing. */
  readonly badMultiaddrs?: readonly string[]
}

/** @throws CodecError; DiscoveryClientError 'invalid-peer-id' */
export function decodeRow(record: JsonRecord): DiscoveryClusterEntry {
  const badMultiaddrs: string[] = []
  // One bad address costs itself only: the Manager may well be reached at the others.
  const multiaddrs = (key: string) => record.array(key).flatMap((item) => multiaddrOf(item, badMultiaddrs))
  return {
    name: record.string('name'),
    managerPeerId: peerIdOf(record.string('manager_peer_id')),
    managerMultiaddrs: multiaddrs('manager_multiaddrs'),
    relayMultiaddrs: record.has('relay_multiaddrs') ? multiaddrs('relay_multiaddrs') : [],
    peerCount: record.u32('peer_count'),
    createdNs: record.u64('created_ns'),
    lastLivenessCheckNs: record.u64('last_liveness_check_ns'),
    ...(record.has('revision') ? { revision: record.counter('revision') } : {}),
    ...(record.has('sweep_after_ms') ? { sweepAfterMs: record.counter('sweep_after_ms') } : {}),
    instance: record.has('instance') ? record.string('instance') : '',
    ...(badMultiaddrs.length > 0 ? { badMultiaddrs } : {})
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
  if (isPeerId(text)) return text
  throw new DiscoveryClientError('invalid-peer-id', `Discovery's row names "${text}", which is no peer id`, { text })
}

/** The canonical text; none, and a note in `bad`, for what is no multiaddr. */
function multiaddrOf(item: Json, bad: string[]): readonly string[] {
  const text = typeof item === 'string' ? item : stringifyJson(item)
  try {
    return [canonicalMultiaddr(text)]
  } catch {
    bad.push(cutText(text, multiaddrCharsMax).toWellFormed())
    return []
  }
}
