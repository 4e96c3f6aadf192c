/**
 * The membership document: who is in, in which order, and under which reign (`/auki/membership/0.0.1`, `/auki/join/0.0.1`).
 *
 * The order of `peers` is the order of succession for equal join times and must survive every round trip.
 * (`epoch`, `version`) orders documents: the epoch is the row's revision under which the author reigns. The reference writes neither.
 */
import { type Json, parseJson, stringifyJson, visibleName } from '@auki/canonical'
import type { PeerId } from './events.ts'
import { documentValuesMax, nameCharsMax } from './settings.ts'

export interface ClusterMember {
  readonly peerId: PeerId
  readonly multiaddrs: readonly string[]
  /** The admitting Manager's wall clock, unix ns. */
  readonly joinTsNs: bigint
  /** Opaque; empty in v1; `undefined` when the document does not say. */
  readonly successorToken?: readonly number[]
  /** Joined to look, never becomes Manager. */
  readonly observer: boolean
  /** Only other members hear it. */
  readonly indirect?: boolean
  /** What it calls itself; nothing proves it, and several may have the same. */
  readonly name?: string
}

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

export const memberOf = (document: ClusterDocument, peerId: PeerId): ClusterMember | undefined =>
  document.peers.find((member) => member.peerId === peerId)

export const lists = (document: ClusterDocument, peerId: PeerId): boolean => memberOf(document, peerId) !== undefined

export const withoutMember = (document: ClusterDocument, peerId: PeerId): ClusterDocument => ({
  ...document,
  peers: document.peers.filter((member) => member.peerId !== peerId)
})

/** Greater than zero when `a` is newer. */
export const compareVersions = (a: DocumentVersion, b: DocumentVersion): number => a.epoch - b.epoch || a.version - b.version

/** The same document, one change later. */
export function bumped(document: ClusterDocument): ClusterDocument {
  return document.order === undefined
    ? document
    : { ...document, order: { epoch: document.order.epoch, version: document.order.version + 1 } }
}

// One text per document however often it is repeated: a document never changes, a change makes a new one.
const encoded = new WeakMap<ClusterDocument, string>()

/** The JSON text that travels; order of peers kept. */
export function encodeDocument(document: ClusterDocument): string {
  const text = encoded.get(document) ?? documentText(document)
  encoded.set(document, text)
  return text
}

function documentText(document: ClusterDocument): string {
  const order: Record<string, Json> = document.order === undefined ? {} : { epoch: document.order.epoch, version: document.order.version }
  const marks: Record<string, Json> = document.gated === undefined ? {} : { gated: true }
  return stringifyJson({ cluster_name: document.clusterName, ...order, ...marks, peers: document.peers.map(memberToJson) })
}

/** One member's line, as JSON text. */
export const memberText = (member: ClusterMember): string => stringifyJson(memberToJson(member))

function memberToJson(member: ClusterMember): Json {
  return {
    peer_id: member.peerId,
    multiaddrs: [...member.multiaddrs],
    join_ts_ns: member.joinTsNs,
    ...(member.successorToken === undefined ? {} : { successor_token: [...member.successorToken] }),
    ...(member.observer ? { observer: true } : {}),
    ...(member.indirect === true ? { indirect: true } : {}),
    ...(member.name === undefined ? {} : { name: member.name })
  }
}

/** The document in a text, or why it is none. */
export function decodeDocument(text: string): ClusterDocument | { readonly invalid: string } {
  try {
    return documentFromJson(parseJson(text, { integers: 'bigint', valuesMax: documentValuesMax }))
  } catch (error) {
    return { invalid: error instanceof Error ? error.message : String(error) }
  }
}

export const isInvalid = (decoded: ClusterDocument | { readonly invalid: string }): decoded is { readonly invalid: string } =>
  'invalid' in decoded

function documentFromJson(json: Json): ClusterDocument {
  const { cluster_name, peers, epoch, version, gated } = record(json, 'document')
  if (typeof cluster_name !== 'string') throw new TypeError('cluster_name is not a string')
  if (!Array.isArray(peers)) throw new TypeError('peers is not an array')
  if (present(gated) && typeof gated !== 'boolean') throw new TypeError('gated is not a boolean')
  const members = peers.map(memberFromJson)
  if (new Set(members.map((member) => member.peerId)).size !== members.length) throw new TypeError('peers lists one peer twice')
  const versioned = present(epoch) || present(version)
  return {
    clusterName: cluster_name,
    order: versioned ? { epoch: safeInteger(epoch, 'epoch'), version: safeInteger(version, 'version') } : undefined,
    ...(gated === true ? { gated } : {}),
    peers: members
  }
}

function memberFromJson(json: Json): ClusterMember {
  const { peer_id, multiaddrs, join_ts_ns, successor_token, observer, indirect, name } = record(json, 'peer')
  if (typeof peer_id !== 'string' || peer_id === '') throw new TypeError('peer_id is not a string')
  if (!Array.isArray(multiaddrs) || !multiaddrs.every((text) => typeof text === 'string'))
    throw new TypeError('multiaddrs is not a list of strings')
  if (typeof join_ts_ns !== 'bigint') throw new TypeError('join_ts_ns is not an integer')
  if (present(observer) && typeof observer !== 'boolean') throw new TypeError('observer is not a boolean')
  if (present(indirect) && typeof indirect !== 'boolean') throw new TypeError('indirect is not a boolean')
  return {
    peerId: peer_id,
    multiaddrs: multiaddrs as string[],
    joinTsNs: join_ts_ns,
    ...(present(successor_token) ? { successorToken: byteNumbers(successor_token) } : {}),
    observer: observer === true,
    ...(indirect === true ? { indirect } : {}),
    ...named(name)
  }
}

/** A name is never a reason to refuse a document. */
function named(name: Json | undefined): { readonly name?: string } {
  const visible = typeof name === 'string' ? visibleName(name, nameCharsMax) : ''
  return visible === '' ? {} : { name: visible }
}

const present = (value: Json | undefined): value is Json => value !== undefined && value !== null

function record(json: Json, what: string): { [key: string]: Json } {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError(`the ${what} is not an object`)
  return json
}

function safeInteger(value: Json | undefined, name: string): number {
  if (typeof value !== 'bigint' || value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new TypeError(`${name} is not an integer from 0 to 2^53 - 1`)
  }
  return Number(value)
}

function byteNumbers(value: Json): number[] {
  if (!Array.isArray(value) || !value.every((byte) => typeof byte === 'bigint' && byte >= 0n && byte <= 255n)) {
    throw new TypeError('successor_token is not a list of byte numbers')
  }
  return value.map(Number)
}
