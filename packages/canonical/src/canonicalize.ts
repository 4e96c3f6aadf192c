import type { Json } from './json.ts'
import { print } from './print.ts'
import { refuseLoneSurrogates, utf8Bytes } from './text.ts'

/**
 * RFC 8785 (JCS) bytes of a value: keys sorted by UTF-16 code units, shortest doubles, integers exact over i64 and u64, no trailing newline.
 *
 * @throws RangeError for NaN, infinities, a `bigint` outside i64/u64 and more than 1000 nested levels;
 * TypeError for a string with a lone surrogate and for what JSON has no word for.
 */
export function canonicalize(value: Json): Uint8Array {
  return utf8Bytes(canonicalText(value))
}

/** The text of {@link canonicalize}. */
export function canonicalText(value: Json): string {
  return print(value, { sorted: true, quote: quoteStrictly })
}

// JSON.stringify escapes exactly what RFC 8785 asks for, except that it also escapes lone surrogates, which RFC 8785 refuses.
function quoteStrictly(text: string): string {
  refuseLoneSurrogates(text)
  return JSON.stringify(text)
}
