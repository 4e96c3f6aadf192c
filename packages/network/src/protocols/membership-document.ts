/**
 * The membership document: who is in, in which order, and under which reign (`/auki/membership/0.0.1`, `/auki/join/0.0.1`).
 *
 * The order of `peers` is the order of succession for equal join times and must survive every round trip.
 * (`epoch`, `version`) orders documents: the epoch is the row's revision under which the author reigns. The reference writes neither.
 *
 * A document of up to 1,024 members always fits into its frame, because each line is cut to its share of it.
 */
import { type Json, stringifyJson } from '@auki/canonical'
import { decodeError } from './codec-errors.ts'
import { decodeJsonText } from './json-frame.ts'
import { documentValuesMax } from './limits.ts'
import { type ClusterMember, memberFromJson, memberLine } from './membership-entry.ts'

/** Orders documents of one cluster. */
export interface DocumentVersion {
  readonly epoch: number
  readonly version: number
}

export interface ClusterDocument {
  readonly clusterName: string
  /** Missing: an author that follows the reference's rules. */
  readonly order: DocumentVersion | undefined
  /** A gate admits to this cluster, or did. */
  readonly gated?: true
  readonly peers: readonly ClusterMember[]
}

// One text per document however often it is repeated: a document never changes, a change makes a new one.
const encoded = new WeakMap<ClusterDocument, string>()

/** The JSON text that travels; order of peers kept, each line cut to what it may hold. */
export function encodeDocument(document: ClusterDocument): string {
  const text = encoded.get(document) ?? documentText(document)
  encoded.set(document, text)
  return text
}

function documentText(document: ClusterDocument): string {
  const order: Record<string, Json> = document.order === undefined ? {} : { epoch: document.order.epoch, version: document.order.version }
  const marks: Record<string, Json> = document.gated === undefined ? {} : { gated: true }
  const empty = stringifyJson({ cluster_name: document.clusterName, ...order, ...marks, peers: [] })
  return `${empty.slice(0, -']}'.length)}${document.peers.map(memberLine).join(',')}]}`
}

/** The document in a text. @throws CodecError 'decode' */
export function decodeDocument(text: string): ClusterDocument {
  const record = decodeJsonText(text, documentValuesMax)
  const peers = record.array('peers').map(memberFromJson)
  if (new Set(peers.map(({ peerId }) => peerId)).size !== peers.length) throw decodeError('"peers" lists one peer twice')
  const isVersioned = record.has('epoch') || record.has('version')
  return {
    clusterName: record.string('cluster_name'),
    order: isVersioned ? { epoch: record.counter('epoch'), version: record.counter('version') } : undefined,
    ...(record.has('gated') && record.boolean('gated') ? { gated: true } : {}),
    peers
  }
}
