/** Entries that say which they are: number n is at n milliseconds, and its payload follows from n. */
import type { Entry } from '@auki/session'

const msNs = 1_000_000n

export const timestampOf = (n: number): bigint => BigInt(n) * msNs
export const numberOf = (timestampNs: bigint): number => Number(timestampNs / msNs)

/** Mostly small ones, a few of no byte, a few larger than what is written at once. */
export function payloadOf(n: number): Uint8Array {
  const mix = Math.imul(n + 1, 0x9e3779b1) >>> 0
  const bytes = n % 7 === 0 ? 0 : n % 23 === 0 ? mix % 400_000 : mix % 3_000
  return new Uint8Array(bytes).map((_, i) => (mix >>> (i % 24)) + i)
}

/**
 * The numbers of the first and the last entry, `undefined` when there is none.
 *
 * @throws Error when an entry is not what it should be, or not the one after the one before.
 */
export async function readNumbered(entries: AsyncIterable<Entry<unknown>>): Promise<{ first: number; last: number } | undefined> {
  let range: { first: number; last: number } | undefined
  for await (const { timestampNs, bytes } of entries) {
    const n = numberOf(timestampNs)
    if (timestampNs !== timestampOf(n)) throw new Error(`an entry is at ${timestampNs} ns`)
    if (Buffer.compare(bytes, payloadOf(n)) !== 0) throw new Error(`entry ${n} has another payload`)
    if (range !== undefined && n !== range.last + 1) throw new Error(`entry ${n} follows entry ${range.last}`)
    range = { first: range?.first ?? n, last: n }
  }
  return range
}
