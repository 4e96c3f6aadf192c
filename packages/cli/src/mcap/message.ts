/** A message of a recording: JSON that keeps every number as it is. */

/** What a message is made of. Bytes are base64. */
export type Message = Readonly<Record<string, unknown>>

/** The time of an entry as a message has it. */
export interface Stamp {
  readonly sec: number
  readonly nsec: number
}

// TypeScript does not know it yet.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object }

const secondNs = 1_000_000_000n

/** @param timestampNs not negative. */
export const stampOf = (timestampNs: bigint): Stamp => ({ sec: Number(timestampNs / secondNs), nsec: Number(timestampNs % secondNs) })

/** Base64. */
export const textOfBytes = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

/** @throws TypeError when it is no text. */
export function bytesOfText(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw new TypeError('bytes of a message are base64 text')
  return Buffer.from(text, 'base64')
}

/** A message as JSON. @throws RangeError for numbers that JSON has no word for. */
export function encodeMessage(message: Message): Uint8Array {
  return Buffer.from(JSON.stringify(message, exact))
}

function exact(_key: string, value: unknown): unknown {
  if (typeof value !== 'number') return value
  if (!Number.isFinite(value)) throw new RangeError(`JSON has no ${value}`)
  return Object.is(value, -0) ? rawJSON('-0') : value
}

/** @throws SyntaxError when it is no JSON, TypeError when it is no object. */
export function decodeMessage(bytes: Uint8Array): Message {
  const message: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  if (typeof message !== 'object' || message === null) throw new TypeError('a message is an object')
  return message as Message
}
