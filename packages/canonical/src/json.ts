import { exactInteger } from './exact-integer.ts'
import { restoreNumbers } from './json-restore.ts'
import { hasFraction, scanJson } from './json-scan.ts'
import { parseTokens } from './json-tokens.ts'
import { depthMax } from './limits.ts'
import { print } from './print.ts'

/** A JSON value whose integers are lossless: one that a `number` can't hold exactly is a `bigint`. */
export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json }

type Integers = 'auto' | 'bigint'

/** What a reader of a text may say about it. */
export interface ParseOptions {
  /** Default `auto`. */
  readonly integers?: Integers
  /** More values than this are refused before one is built; keys do not count. Default: any number. */
  readonly valuesMax?: number
}

/**
 * Parse JSON without rounding integers.
 *
 * An integer token (no `.`, `e`, `E`) within i64/u64 becomes a `number` if that is exact, else a `bigint`; outside that range it is a double.
 * With `integers: 'bigint'` every integer token within range becomes a `bigint`, so that `1` differs from `1.0` and `1e18`.
 * `-0` is a double in either mode. Of equal keys the last one counts. Costs little more than `JSON.parse`.
 *
 * @throws SyntaxError when the text is not JSON, has a number beyond the doubles, is nested more than 1000 levels deep or has more values than allowed.
 */
export function parseJson(text: string, { integers = 'auto', valuesMax = Number.POSITIVE_INFINITY }: ParseOptions = {}): Json {
  const scan = scanJson(text, { depthMax, valuesMax })
  const value = JSON.parse(text) as Json
  if (scan.bigIntegers + scan.fractions === 0) return integers === 'auto' ? value : toBigints(value)
  const exact = new ExactNumbers(integers)
  const restored = restoreNumbers(value, text, scan, exact.numberOf) ?? parseTokens(text, exact.ofToken)
  if (exact.overflow) refuseInfinity(restored)
  return restored
}

/**
 * Compact JSON; a `bigint` is written as its exact digits.
 *
 * @throws RangeError for NaN, infinities, a `bigint` outside i64/u64 and more than 1000 nested levels; TypeError for what JSON has no word for.
 */
export function stringifyJson(value: Json): string {
  return print(value, { sorted: false, quote: JSON.stringify })
}

/** Of a value whose numbers are small integers, which it changes. */
function toBigints(value: Json): Json {
  if (typeof value === 'number') return Object.is(value, -0) ? value : BigInt(value)
  if (Array.isArray(value)) for (let index = 0; index < value.length; index++) value[index] = toBigints(value[index]!)
  else if (typeof value === 'object' && value !== null) for (const key of Object.keys(value)) value[key] = toBigints(value[key]!)
  return value
}

class ExactNumbers {
  readonly #bigintsOnly: boolean
  overflow = false

  constructor(integers: Integers) {
    this.#bigintsOnly = integers === 'bigint'
  }

  readonly numberOf = (text: string, start: number, end: number, value: number): number | bigint => {
    if (!Number.isFinite(value)) this.overflow = true
    if (hasFraction(text, start, end) || Object.is(value, -0)) return value
    if (!Number.isSafeInteger(value)) return exactInteger(text, start, end, value)
    return this.#bigintsOnly ? BigInt(value) : value
  }

  readonly ofToken = (token: string): number | bigint => this.numberOf(token, 0, token.length, Number(token))
}

// Only what is left: of equal keys the last one counts.
function refuseInfinity(value: Json): void {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
    throw new SyntaxError('a number is beyond the range of a double')
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) refuseInfinity(inner)
}
