/** Integers as they are written, not as doubles round them. */
import { i64Min, u64Max } from './limits.ts'

const longestInteger = u64Max.toString().length // equal to that of the smallest i64, sign included
const fast = 2 ** 63
const word = new DataView(new ArrayBuffer(8))

/** The integer token from `start` to `end`, as a bigint within i64 and u64, else as `double`, which is the same number rounded. */
export function exactInteger(text: string, start: number, end: number, double: number): number | bigint {
  if (double < fast && double > -fast) return text.charCodeAt(start) === 0x2d ? -below63(text, start + 1, end) : below63(text, start, end)
  if (end - start > longestInteger) return double
  const exact = BigInt(text.slice(start, end))
  return exact < i64Min || exact > u64Max ? double : exact
}

/**
 * Several times as fast as `BigInt(text)`, which matters where a megabyte is nothing but timestamps.
 *
 * The number is h · 10^9 + l with both parts exact as doubles. h is cut again, into 2^16 · a + b, because h · 10^9 would not be exact: then the words of
 * the result are sums below 2^53.
 */
function below63(text: string, start: number, end: number): bigint {
  const middle = Math.max(start, end - 9)
  const high = digits(text, start, middle)
  const b = high % 2 ** 16
  const a = (high - b) / 2 ** 16
  const upper = a * 1e9
  const upperLow = upper % 2 ** 16
  const lower = upperLow * 2 ** 16 + b * 1e9 + digits(text, middle, end)
  const lowWord = lower % 2 ** 32
  word.setUint32(0, (upper - upperLow) / 2 ** 16 + (lower - lowWord) / 2 ** 32)
  word.setUint32(4, lowWord)
  return word.getBigUint64(0)
}

function digits(text: string, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at++) number = number * 10 + (text.charCodeAt(at) - 0x30)
  return number
}
