import type { Json } from './json.ts'
import { print } from './print.ts'

const utf8 = new TextEncoder()
const loneSurrogate = /\p{Surrogate}/u

/**
 * RFC 8785 (JCS) bytes of a value: keys sorted by UTF-16 code units, shortest doubles, integers exact over i64 and u64, no trailing newline.
 *
 * @throws RangeError for NaN, infinities, a `bigint` outside i64/u64 and more than 1000 nested levels;
 * TypeError for a string with a lone surrogate and for what JSON has no word for.
 */
export function canonicalize(value: Json): Uint8Array {
  return utf8.encode(canonicalText(value))
}

/** The text of {@link canonicalize}. */
export function canonicalText(value: Json): string {
  return print(value, { sorted: true, quote: quoteStrictly })
}

// JSON.stringify escapes exactly what RFC 8785 asks for, except that it also escapes lone surrogates, which RFC 8785 refuses.
function quoteStrictly(text: string): string {
  if (loneSurrogate.test(text)) throw new TypeError('canonical JSON refuses a string with a lone surrogate')
  return JSON.stringify(text)
}
