/** What clients send, checked: after this everything is well-formed and within its limit. Unknown keys are ignored. */
import { cutText, type Json, parseJson } from '@auki/canonical'
import { canonicalMultiaddr, type IdentityError, isPeerId } from '@auki/identity'
import * as limits from '../limits.ts'
import type { Claim } from '../row.ts'
import { Refusal, type RefusalCode } from './refusal.ts'

type JsonObject = { readonly [key: string]: Json }

const revisionTag = /^"(0|[1-9]\d{0,15})"$/
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A cluster's name. @throws Refusal `bad-name` | `reserved-name`. */
export function decodeName(name: string): string {
  if (!limits.clusterNameRule.test(name)) {
    throw new Refusal('bad-name', `${quote(name)} is not a cluster name; use 1 to 64 of the characters A-Z a-z 0-9 _ -`)
  }
  if (name === limits.clusterNameReserved) throw new Refusal('reserved-name', `"${name}" is reserved; choose another cluster name`)
  return name
}

/** The revision an `If-Match` header asks for; `undefined` = whichever, for `*` and for no header. @throws Refusal `bad-if-match`. */
export function decodeIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header === '*') return undefined
  const revision = Number(revisionTag.exec(header)?.[1] ?? Number.NaN)
  if (Number.isSafeInteger(revision)) return revision
  throw new Refusal(
    'bad-if-match',
    `If-Match ${quote(header)} is neither * nor one quoted revision; send the ETag of the row, such as "1700000000000042"`
  )
}

/** The body of a create or rotate. @throws Refusal. */
export function decodeClaim(body: unknown, contentType: string | undefined): Claim {
  const object = decodeObject(body, contentType)
  const managerPeerId = textAt(object, 'manager_peer_id')
  if (!isPeerId(managerPeerId)) {
    throw new Refusal('bad-peer-id', `manager_peer_id ${quote(managerPeerId)} is not a peer id; send the base58 form, such as 12D3KooW…`)
  }
  return {
    managerPeerId,
    managerMultiaddrs: multiaddrsAt(object, 'manager_multiaddrs'),
    relayMultiaddrs: Object.hasOwn(object, 'relay_multiaddrs') ? multiaddrsAt(object, 'relay_multiaddrs') : [],
    instance: Object.hasOwn(object, 'instance') ? shortTextAt(object, 'instance', limits.instanceCharsMax) : ''
  }
}

/** The body of a liveness check. @throws Refusal. */
export function decodePeerCount(body: unknown, contentType: string | undefined): number {
  const count = at(decodeObject(body, contentType), 'peer_count')
  if (typeof count === 'bigint' && count >= 0n && count <= limits.peerCountMax) return Number(count)
  throw bad('peer_count', `an integer from 0 to ${limits.peerCountMax}`, count)
}

/** Integer tokens come as bigint, so that `1` differs from `1.0` and `1e3`. */
function decodeObject(body: unknown, contentType: string | undefined): JsonObject {
  if (!(body instanceof Uint8Array) || body.length === 0) throw new Refusal('bad-body', 'the body is empty; send a JSON object')
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? '')) {
    throw new Refusal(
      'unsupported-media-type',
      `the body is ${quote(contentType ?? 'of no type')}; send it as Content-Type: application/json`
    )
  }
  const value = decodeJson(body)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new Refusal('bad-body', `the body must be a JSON object, not ${kindOf(value)}`)
}

function decodeJson(body: Uint8Array): Json {
  try {
    return parseJson(utf8.decode(body), { integers: 'bigint', valuesMax: limits.bodyValuesMax })
  } catch (error) {
    throw new Refusal('bad-body', `the body is not JSON: ${shorten((error as Error).message, 200)}`)
  }
}

function at(object: JsonObject, key: string): Json {
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  if (value === undefined) throw new Refusal('bad-body', `${key} is missing from the body`)
  return value
}

function textAt(object: JsonObject, key: string): string {
  const value = at(object, key)
  if (typeof value === 'string') return value
  throw bad(key, 'a string', value)
}

function shortTextAt(object: JsonObject, key: string, charsMax: number): string {
  return atMost(textAt(object, key), charsMax, key)
}

function multiaddrsAt(object: JsonObject, key: string): string[] {
  const list = at(object, key)
  if (!Array.isArray(list)) throw bad(key, 'an array of multiaddrs', list)
  if (list.length > limits.multiaddrsMax) {
    throw new Refusal('bad-body', `${key} has ${list.length} addresses; send at most ${limits.multiaddrsMax}`)
  }
  return list.map((item, index) => multiaddrOf(item, `${key}[${index}]`))
}

function multiaddrOf(value: Json, where: string): string {
  if (typeof value !== 'string') throw bad(where, 'a multiaddr string', value)
  try {
    canonicalMultiaddr(value)
    return value
  } catch (error) {
    const { details } = error as IdentityError
    throw new Refusal('bad-multiaddr', `${where} ${quote(value)} is not a multiaddr: ${shorten(String(details['error']), 200)}`)
  }
}

/** Characters are code points; a text can't have more of them than it has UTF-16 units. */
function atMost(text: string, charsMax: number, where: string, code: RefusalCode = 'bad-body'): string {
  if (text.length <= charsMax || Array.from(text).length <= charsMax) return text
  throw new Refusal(code, `${where} is longer than ${charsMax} characters; shorten it`)
}

function bad(where: string, wanted: string, value: Json): Refusal {
  return new Refusal('bad-body', `${where} must be ${wanted}, not ${kindOf(value)}`)
}

function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  switch (typeof value) {
    case 'object':
      return 'an object'
    case 'bigint':
      return `the integer ${value}`
    case 'number':
      return `the number ${value}`
    default:
      return `a ${typeof value}`
  }
}

function quote(text: string): string {
  return JSON.stringify(shorten(text, 80))
}

function shorten(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${cutText(text, charsMax)}…`
}
