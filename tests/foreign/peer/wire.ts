/**
 * Frames, JSON and protobuf as they stand in the protocols' descriptions, by hand.
 *
 * Nothing in here is shared with the SDK, so an error there can't hide behind the same error here.
 */

const encoder = new TextEncoder()
const strict = new TextDecoder('utf-8', { fatal: true })

export const bytesOf = (text: string): Uint8Array => encoder.encode(text)
/** @throws TypeError unless it is UTF-8. */
export const textOf = (bytes: Uint8Array): string => strict.decode(bytes)
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** A length prefix alone. */
export function prefix(length: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, length)
  return bytes
}

/** `len: u32 big-endian || payload`. */
export const frame = (payload: Uint8Array | string): Uint8Array => {
  const bytes = typeof payload === 'string' ? bytesOf(payload) : payload
  return joined(prefix(bytes.length), bytes)
}

// biome-ignore lint/suspicious/noExplicitAny: what a peer sent has whatever shape it has
export type Tree = any

/** JSON with every number as a bigint. @throws SyntaxError for a number that is not written as an integer. */
export function readJson(text: string): Tree {
  const integers = (_key: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === 'number' ? BigInt(context.source!) : value
  return JSON.parse(text, integers as (key: string, value: unknown) => unknown)
}

/** Compact JSON, in the order of the keys; a bigint becomes its digits. */
export function writeJson(value: unknown): string {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? rawJSON(inner.toString()) : inner))
}

/** An object in a payload. @throws Error unless it is written compactly: written again in the same order it must give the same bytes. */
export function readCompactJson(payload: Uint8Array): Tree {
  const text = textOf(payload)
  const tree = readJson(text)
  if (writeJson(tree) !== text) throw new Error(`this JSON is not compact: ${text}`)
  return tree
}

/** Base-128, least significant group first; a negative number as its 64 bits. */
export function varint(value: number | bigint): Uint8Array {
  const groups: number[] = []
  for (let rest = BigInt.asUintN(64, BigInt(value)); rest > 0n || groups.length === 0; rest >>= 7n) {
    groups.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
  }
  return Uint8Array.from(groups)
}

/** A protobuf field with a number in it: tag, varint. */
export const numeric = (number: number, value: number | bigint): Uint8Array => joined(varint(number * 8), varint(value))

/** A length-delimited protobuf field: tag, length, bytes. */
export function field(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? bytesOf(content) : content
  return joined(varint(number * 8 + 2), varint(bytes.length), bytes)
}

/** The fields of a message, in order; length-delimited and varint ones only. @throws Error for anything else. */
export function readFields(message: Uint8Array): { number: number; content: Uint8Array | number }[] {
  const fields: { number: number; content: Uint8Array | number }[] = []
  let at = 0
  const readVarint = (): number => {
    for (let value = 0, scale = 1; at < message.length; scale *= 128) {
      const group = message[at++]!
      value += (group & 0x7f) * scale
      if (group < 0x80) return value
    }
    throw new Error('the message ends inside a number')
  }
  while (at < message.length) {
    const tag = readVarint()
    const number = Math.floor(tag / 8)
    if (tag % 8 === 0) fields.push({ number, content: readVarint() })
    else if (tag % 8 === 2) {
      const length = readVarint()
      if (at + length > message.length) throw new Error('the message ends inside a field')
      fields.push({ number, content: message.slice(at, at + length) })
      at += length
    } else throw new Error(`field ${number} has wire type ${tag % 8}`)
  }
  return fields
}
