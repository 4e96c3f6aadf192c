import { depthMax, i64Min, u64Max } from './limits.ts'
import { print } from './print.ts'

/** A JSON value whose integers are lossless: one that a `number` can't hold exactly is a `bigint`. */
export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json }

const integerToken = /^-?\d+$/
const longestInteger = u64Max.toString().length // equal to that of the smallest i64, sign included

type Integers = 'auto' | 'bigint'

/**
 * Parse JSON without rounding integers.
 *
 * An integer token (no `.`, `e`, `E`) within i64/u64 becomes a `number` if that is exact, else a `bigint`; outside that range it is a double.
 * With `integers: 'bigint'` every integer token within range becomes a `bigint`, so that `1` differs from `1.0` and `1e18`.
 * `-0` is a double in either mode. Of equal keys the last one counts.
 *
 * @throws SyntaxError when the text is not JSON, has a number beyond the doubles, or is nested more than 1000 levels deep.
 */
export function parseJson(text: string, options: { integers?: Integers } = {}): Json {
  refuseDeepNesting(text)
  const integers = options.integers ?? 'auto'
  const revive = (_key: string, value: unknown, token: { source?: string }) =>
    typeof value === 'number' ? losslessNumber(value, token.source!, integers) : value
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]) as Json
}

/**
 * Compact JSON; a `bigint` is written as its exact digits.
 *
 * @throws RangeError for NaN, infinities, a `bigint` outside i64/u64 and more than 1000 nested levels; TypeError for what JSON has no word for.
 */
export function stringifyJson(value: Json): string {
  return print(value, { sorted: false, quote: JSON.stringify })
}

function losslessNumber(value: number, source: string, integers: Integers): number | bigint {
  if (!Number.isFinite(value)) throw new SyntaxError(`the number ${source.slice(0, 40)} is beyond the range of a double`)
  if (!integerToken.test(source) || source === '-0') return value
  if (integers === 'auto' && Number.isSafeInteger(value)) return value
  if (source.length > longestInteger) return value
  const exact = BigInt(source)
  return exact < i64Min || exact > u64Max ? value : exact
}

// A parser that recurses would answer hostile nesting with an exhausted stack; where that happens depends on the engine and on the caller.
function refuseDeepNesting(text: string): void {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (inString) {
      if (char === '\\') at++
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === ']' || char === '}') depth--
    else if (char === '[' || char === '{') depth++
    if (depth > depthMax) throw new SyntaxError(`the JSON text is nested more than ${depthMax} levels deep`)
  }
}
