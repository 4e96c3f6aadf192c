/**
 * camelCase in TypeScript, snake_case in JSON.
 *
 * A schema describes the snake_case side and works in both directions. Integers are read as `bigint`, so that `1.0` and `1e3` are not taken for
 * integers; `u32` turns them into a `number` and back.
 */
import { canonicalText, type Json, parseJson, utf8Bytes } from '@auki/canonical'
import * as z from 'zod'

type CamelKey<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelKey<Tail>>}` : S

/** The type with every key, also of nested objects, in camelCase. */
export type Camelized<T> = T extends readonly (infer E)[]
  ? readonly Camelized<E>[]
  : T extends object
    ? { readonly [P in keyof T as P extends string ? CamelKey<P> : never]: Camelized<T[P]> }
    : T

/** An integer of 0 to 2³²−1: a `number` in TypeScript. */
export const u32 = z.codec(z.bigint().min(0n).max(0xffff_ffffn), z.int().min(0).max(0xffff_ffff), { decode: Number, encode: BigInt })

/** A RegistryRef on the wire. Any strings are taken; whether they name an entry is checked where it is looked up. */
export const refSchema = z.object({ peer_id: z.string(), id: z.string(), hash: z.string() })

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** JSON text of UTF-8 bytes. @throws TypeError when the bytes are not UTF-8. */
export function textOf(bytes: Uint8Array): string {
  return utf8.decode(bytes)
}

/** The UTF-8 bytes of a text, to be hashed. @throws TypeError for a lone surrogate. */
export const bytesOf = utf8Bytes

/** A value is not what its schema asks for: `field` is the path in snake_case (empty: the value itself), `reason` what is wrong with it. */
export class ShapeError extends TypeError {
  override readonly name = 'ShapeError'
  /** Path in snake_case; empty for the value itself. */
  readonly field: string
  /** What is wrong with it. */
  readonly reason: string

  constructor(cause: z.ZodError) {
    const { path, message } = cause.issues[0]!
    super(path.length === 0 ? message : `${path.join('.')}: ${message}`, { cause })
    this.field = path.join('.')
    this.reason = message
  }
}

/** Decode JSON text with a schema; keys the schema does not know are dropped. @throws ShapeError; SyntaxError when it is not JSON. */
export function fromWire<S extends z.ZodType>(schema: S, text: string): Camelized<z.output<S>> {
  const read = z.safeDecode(schema, parseJson(text, { integers: 'bigint' }) as z.input<S>)
  if (!read.success) throw new ShapeError(read.error)
  return renameKeys(read.data, camelKey) as Camelized<z.output<S>>
}

/** The canonical JSON text of a value; members the schema does not know are dropped. @throws ShapeError; TypeError for a lone surrogate. */
export function toWire<S extends z.ZodType>(schema: S, value: Camelized<z.output<S>>): string {
  const written = z.safeEncode(schema, renameKeys(value, snakeCase) as z.output<S>)
  if (!written.success) throw new ShapeError(written.error)
  return canonicalText(written.data as Json)
}

function renameKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, rename))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [rename(key), renameKeys(member, rename)]))
}

function camelKey(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** `frameRateHz` → `frame_rate_hz`. */
export function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
