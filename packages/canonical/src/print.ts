/** The one JSON printer. Plain and canonical text differ only in the order of keys and in what a string may hold. */
import type { Json } from './json.ts'
import { depthMax, i64Min, u64Max } from './limits.ts'

interface Style {
  readonly sorted: boolean
  readonly quote: (text: string) => string
}

/**
 * Compact text of a value; a member that is `undefined` is left out.
 *
 * Nothing is written in another form than it has: what is no plain array or object (a Map, a Date, an instance of a class, with or without `toJSON`) is
 * refused, and so is a hole in an array.
 */
export function print(value: Json, style: Style, depth = 0): string {
  switch (typeof value) {
    case 'string':
      return style.quote(value)
    case 'boolean':
      return String(value)
    case 'number':
      return printNumber(value)
    case 'bigint':
      return printBigint(value)
    case 'object':
      return value === null ? 'null' : printComposite(value, style, depth + 1)
    default:
      throw new TypeError(`JSON has no ${typeof value}`)
  }
}

function printComposite(value: Json[] | { [key: string]: Json }, style: Style, depth: number): string {
  if (depth > depthMax) throw new RangeError(`the value is nested more than ${depthMax} levels deep, or contains itself`)
  // Not `map`, which skips holes.
  if (Array.isArray(value)) return `[${Array.from(value, (item) => print(item, style, depth)).join(',')}]`
  if (!isPlain(value))
    throw new TypeError(`JSON has no ${value.constructor?.name ?? 'such object'}: write its content as plain arrays and objects`)
  const keys = Object.keys(value).filter((key) => value[key] !== undefined)
  if (style.sorted) keys.sort() // by UTF-16 code units, as RFC 8785 asks
  return `{${keys.map((key) => `${style.quote(key)}:${print(value[key]!, style, depth)}`).join(',')}}`
}

// The prototype of objects has none itself, also that of another realm.
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  const plain = prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
  return plain && Object.getOwnPropertySymbols(value).length === 0
}

function printNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`JSON has no ${value}`)
  return Object.is(value, -0) ? '0' : String(value)
}

function printBigint(value: bigint): string {
  if (value < i64Min || value > u64Max) throw new RangeError(`${value} is outside i64 and u64`)
  return value.toString()
}
