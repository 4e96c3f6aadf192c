/**
 * JSON payloads: bytes to a record whose fields are read one by one, and back.
 *
 * A reader stops at the first field that is wrong, so that a hostile frame full of mistakes costs no more than one of them.
 * Integers must be written as integers: `1.0` and `1e18` are none. Missing and `null` read alike. Unknown keys are ignored.
 */
import { type Json, parseJson, reasonOf, stringifyJson } from '@auki/canonical'
import { decodeError, emptyFrame, encodeError } from './codec-errors.ts'
import { checkFrameSize } from './frame.ts'

const i64Max = 2n ** 63n - 1n
const i64Min = -(2n ** 63n)
/** Largest u64. */
export const u64Max: bigint = 2n ** 64n - 1n
const u32Max = 2n ** 32n - 1n

// Printed JSON has the escape \ud… only for a lone surrogate; an even number of backslashes before it belongs to the text itself.
const loneSurrogate = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

const utf8 = new TextEncoder()
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Compact JSON in UTF-8. @throws CodecError 'encode' | 'frame-too-large' */
export function encodeJson(value: Json, capBytes: number): Uint8Array {
  const payload = utf8.encode(encodeJsonText(value))
  checkFrameSize(payload.length, capBytes)
  return payload
}

/** Compact JSON. @throws CodecError 'encode' */
export function encodeJsonText(value: Json): string {
  let text: string
  try {
    text = stringifyJson(value)
  } catch (cause) {
    throw encodeError(reasonOf(cause), { cause })
  }
  if (text.includes('\\ud') && loneSurrogate.test(text)) throw encodeError('a string has a lone surrogate, which no reader accepts')
  return text
}

/** The object in a payload, which has at most `valuesMax` JSON values: more are refused unbuilt. @throws CodecError 'empty-frame' | 'decode' */
export function decodeJson(payload: Uint8Array, valuesMax: number): JsonRecord {
  if (payload.length === 0) throw emptyFrame()
  let text: string
  try {
    text = strictUtf8.decode(payload)
  } catch (cause) {
    throw decodeError('it is not UTF-8', { cause })
  }
  return decodeJsonText(text, valuesMax)
}

/** The object in a text; as {@link decodeJson}. @throws CodecError 'decode' */
export function decodeJsonText(text: string, valuesMax: number): JsonRecord {
  let value: Json
  try {
    value = parseJson(text, { integers: 'bigint', valuesMax })
  } catch (cause) {
    throw decodeError(`it is not JSON that we read (${reasonOf(cause)})`, { cause })
  }
  return recordOf(value, 'the message')
}

/** Wraps a value of `parseJson(…, { integers: 'bigint' })`; `what` names it in errors. @throws CodecError 'decode' unless it is an object. */
export function recordOf(value: Json | undefined, what: string): JsonRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw decodeError(`${what} is not an object`)
  return new JsonRecord(value)
}

/** A decoded JSON object. Every reader throws CodecError 'decode' when its field is not what it asks for. */
export class JsonRecord {
  readonly #fields: { readonly [key: string]: Json }

  constructor(fields: { readonly [key: string]: Json }) {
    this.#fields = fields
  }

  has(key: string): boolean {
    return this.#fields[key] !== undefined && this.#fields[key] !== null
  }

  /** Whatever string there is, also with half a character in it; `undefined`: there is none. */
  text(key: string): string | undefined {
    const value = this.#fields[key]
    return typeof value === 'string' ? value : undefined
  }

  string(key: string): string {
    const value = this.#fields[key]
    if (typeof value !== 'string' || !value.isWellFormed()) throw decodeError(`"${key}" is not a string`)
    return value
  }

  boolean(key: string): boolean {
    const value = this.#fields[key]
    if (typeof value !== 'boolean') throw decodeError(`"${key}" is not a boolean`)
    return value
  }

  /** A string that is one of a closed set. */
  oneOf<const T extends string>(key: string, allowed: readonly T[]): T {
    const found = allowed.find((name) => name === this.#fields[key])
    if (found === undefined) throw decodeError(`"${key}" is none of ${allowed.join(', ')}`)
    return found
  }

  i64(key: string): bigint {
    return this.#integer(key, i64Min, i64Max, 'i64')
  }

  u64(key: string): bigint {
    return this.#integer(key, 0n, u64Max, 'u64')
  }

  u32(key: string): number {
    return Number(this.#integer(key, 0n, u32Max, 'u32'))
  }

  /** An integer from 0 to 2^53 - 1. */
  counter(key: string): number {
    return Number(this.#integer(key, 0n, BigInt(Number.MAX_SAFE_INTEGER), 'an integer below 2^53'))
  }

  record(key: string): JsonRecord {
    return recordOf(this.#fields[key], `"${key}"`)
  }

  array(key: string): readonly Json[] {
    const value = this.#fields[key]
    if (!Array.isArray(value)) throw decodeError(`"${key}" is not an array`)
    return value
  }

  strings(key: string): string[] {
    return this.array(key).map((item) => {
      if (typeof item !== 'string' || !item.isWellFormed()) throw decodeError(`"${key}" holds something else than strings`)
      return item
    })
  }

  /** Bytes as an array of integers from 0 to 255. */
  bytes(key: string): number[] {
    return this.array(key).map((item) => {
      if (typeof item !== 'bigint' || item < 0n || item > 255n) throw decodeError(`"${key}" holds something else than bytes`)
      return Number(item)
    })
  }

  #integer(key: string, min: bigint, max: bigint, range: string): bigint {
    const value = this.#fields[key]
    if (typeof value !== 'bigint' || value < min || value > max) throw decodeError(`"${key}" is not ${range}`)
    return value
  }
}
