/** A JSON value whose integers are lossless: one that a `number` can't hold exactly is a `bigint`. */
export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json }

const i64Min = -(2n ** 63n)
const u64Max = 2n ** 64n - 1n
const integerToken = /^-?\d+$/

type Integers = 'auto' | 'bigint'

/**
 * Parse JSON without rounding integers.
 *
 * An integer token (no `.`, `e`, `E`) within i64/u64 becomes a `number` if that is exact, else a `bigint`; outside that range it is a double.
 * With `integers: 'bigint'` every integer token within range becomes a `bigint`, so that `1` differs from `1.0` and `1e18`.
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function parseJson(text: string, options: { integers?: Integers } = {}): Json {
  const integers = options.integers ?? 'auto'
  const revive = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? losslessNumber(value, context?.source ?? '', integers) : value
  return JSON.parse(text, revive) as Json
}

function losslessNumber(value: number, source: string, integers: Integers): number | bigint {
  if (!integerToken.test(source) || source === '-0') return value
  if (integers === 'auto' && Number.isSafeInteger(value)) return value
  if (source.length > 20) return value
  const exact = BigInt(source)
  return exact < i64Min || exact > u64Max ? value : exact
}

/**
 * Compact JSON; a `bigint` is written as its exact digits.
 *
 * @throws RangeError for NaN, infinities and a `bigint` outside i64/u64; TypeError for what JSON has no word for.
 */
export function stringifyJson(value: Json): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return String(value)
    case 'number':
      return printNumber(value)
    case 'bigint':
      return printBigint(value)
    case 'object':
      return printComposite(value)
    default:
      throw new TypeError(`JSON has no ${typeof value}`)
  }
}

function printComposite(value: null | Json[] | { [key: string]: Json }): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join(',')}]`
  return `{${Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}:${stringifyJson(member)}`)
    .join(',')}}`
}

export function printNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`JSON has no ${value}`)
  return Object.is(value, -0) ? '0' : String(value)
}

export function printBigint(value: bigint): string {
  if (value < i64Min || value > u64Max) throw new RangeError(`${value} is outside i64 and u64`)
  return value.toString()
}
