/**
 * One member's line of the membership document, cut so that it can't crowd out the others.
 *
 * A document travels as a JSON text inside a JSON frame, so each line counts as it is escaped there. What a line may hold depends on the line alone: whoever
 * joins with the longest addresses there are takes no more room than 1,024 such members may, and nobody's line changes because of another's.
 */

import { type Json, stringifyJson } from '@auki/canonical'
import { someJoinTsNs } from '../settings.ts'
import { decodeError } from './codec-errors.ts'
import { type JsonRecord, recordOf } from './json-frame.ts'
import { addressCharsMax, addressesMax, entryBytesMax } from './limits.ts'
import { cleanName } from './names.ts'

export interface ClusterMember {
  readonly peerId: string
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

/** A line as it is sent. */
const lines = new WeakMap<ClusterMember, string>()

/** A member's line as JSON text, cut to what a line may hold. It is written once, however many documents have it. */
export function memberLine(member: ClusterMember): string {
  const known = lines.get(member)
  if (known !== undefined) return known
  const line = memberText(fitMember(member))
  lines.set(member, line)
  return line
}

const memberText = (member: ClusterMember): string => stringifyJson(memberToJson(member))

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

/** @throws CodecError 'decode' */
export function memberFromJson(json: Json): ClusterMember {
  const record = recordOf(json, 'a peer')
  const peerId = record.string('peer_id')
  if (peerId === '') throw decodeError('"peer_id" is empty')
  const is = (mark: string): boolean => record.has(mark) && record.boolean(mark)
  return {
    peerId,
    multiaddrs: record.strings('multiaddrs'),
    joinTsNs: record.i64('join_ts_ns'),
    ...(record.has('successor_token') ? { successorToken: record.bytes('successor_token') } : {}),
    observer: is('observer'),
    ...(is('indirect') ? { indirect: true } : {}),
    ...nameIn(record)
  }
}

/** A name is never a reason to refuse a document. */
function nameIn(record: JsonRecord): { readonly name?: string } {
  const name = cleanName(record.text('name') ?? '')
  return name === '' ? {} : { name }
}

/** What a peer says of itself, for its line. */
export type Introduction = Pick<ClusterMember, 'multiaddrs' | 'observer' | 'name'>

/** What a peer says of itself, with its addresses and its name cut as its line will be. */
export function fitIntroduction<T extends Introduction>(peerId: string, said: T): T {
  const { name, ...nameless } = said
  const { multiaddrs, observer } = said
  const named = name === undefined ? {} : { name }
  const fitted = fitMember({ peerId, multiaddrs, observer, ...named, joinTsNs: someJoinTsNs, successorToken: [] })
  return { ...nameless, multiaddrs: fitted.multiaddrs, ...(fitted.name === undefined ? {} : named) } as T
}

/**
 * The member with as many of its addresses as its line has room for beside its name; itself, where that is all of them. What leaves no room for one
 * address goes: first the name, then a token.
 */
export function fitMember(member: ClusterMember): ClusterMember {
  const { name: _, ...nameless } = member
  const { successorToken: __, ...bare } = nameless
  for (const line of [member, nameless, bare]) {
    const fitted = fitAddresses(line)
    if (lineBytes(fitted) <= entryBytesMax) return fitted
  }
  return { ...bare, multiaddrs: [] }
}

function fitAddresses(member: ClusterMember): ClusterMember {
  const { multiaddrs } = member
  const isPlain = multiaddrs.length <= addressesMax && multiaddrs.every((address) => address.length <= addressCharsMax)
  if (isPlain && lineBytes(member) <= entryBytesMax) return member
  const fitting = fittingAddresses(multiaddrs, entryBytesMax - lineBytes({ ...member, multiaddrs: [] }))
  return fitting.length === multiaddrs.length ? member : { ...member, multiaddrs: fitting }
}

/** In the order given, which is the sender's ranking; a relayed one is kept where there is one, and one address even if it is longer than others may be. */
function fittingAddresses(multiaddrs: readonly string[], roomBytes: number): readonly string[] {
  const given = [...new Set(multiaddrs)].filter((address) => address.length <= addressCharsMax)
  const relayed = given.find(isRelayed)
  const chosen = firstThatFit(given, addressesMax, roomBytes)
  if (relayed !== undefined && !chosen.some(isRelayed)) {
    return [...firstThatFit(given, addressesMax - 1, roomBytes - addressBytes(relayed)), relayed]
  }
  return chosen.length === 0 ? multiaddrs.slice(0, 1) : chosen
}

function firstThatFit(multiaddrs: readonly string[], countMax: number, roomBytes: number): string[] {
  const chosen: string[] = []
  let left = roomBytes
  for (const address of multiaddrs) {
    const bytes = addressBytes(address)
    if (chosen.length === countMax || bytes > left) continue
    chosen.push(address)
    left -= bytes
  }
  return chosen
}

export const isRelayed = (address: string): boolean => address.includes('/p2p-circuit')

/** With the comma before the next one. */
const addressBytes = (address: string): number => escapedBytes(JSON.stringify(address)) + 1

/** What a line takes of the frame, with the comma before the next one. */
const lineBytes = (member: ClusterMember): number => escapedBytes(memberText(member)) + 1

/** What a JSON text takes inside a JSON string. */
const escapedBytes = (text: string): number => utf8Length(JSON.stringify(text)) - 2

export function utf8Length(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    // A surrogate pair is 4 bytes for 2 units, everything else above U+07FF 3 bytes for one.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2
  }
  return bytes
}
