import { type Json, printBigint, printNumber } from './json.ts'

const utf8 = new TextEncoder()
const loneSurrogate = /\p{Surrogate}/u

/**
 * RFC 8785 (JCS) bytes of a value: keys sorted by UTF-16 code units, shortest doubles, integers exact over i64 and u64, no trailing newline.
 *
 * @throws RangeError for NaN, infinities and a `bigint` outside i64/u64; TypeError for a string with a lone surrogate.
 */
export function canonicalize(value: Json): Uint8Array {
  return utf8.encode(canonicalText(value))
}

/** The text of {@link canonicalize}. */
export function canonicalText(value: Json): string {
  if (value === null) return 'null'
  switch (typeof value) {
    case 'string':
      return quote(value)
    case 'boolean':
      return String(value)
    case 'number':
      return printNumber(value)
    case 'bigint':
      return printBigint(value)
    case 'object':
      return Array.isArray(value) ? `[${value.map(canonicalText).join(',')}]` : canonicalObject(value)
    default:
      throw new TypeError(`JSON has no ${typeof value}`)
  }
}

function canonicalObject(value: { [key: string]: Json }): string {
  const keys = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
  return `{${keys.map((key) => `${quote(key)}:${canonicalText(value[key]!)}`).join(',')}}`
}

// JSON.stringify escapes exactly what RFC 8785 asks for, except that it also escapes lone surrogates, which RFC 8785 refuses.
function quote(text: string): string {
  if (loneSurrogate.test(text)) throw new TypeError('canonical JSON refuses a string with a lone surrogate')
  return JSON.stringify(text)
}
