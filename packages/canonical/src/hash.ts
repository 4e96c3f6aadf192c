import { createXXHash32, createXXHash128 } from 'hash-wasm'
import { canonicalize } from './canonicalize.ts'
import type { Json } from './json.ts'

// Loading the WebAssembly is async, hashing is not: one top-level await keeps every caller synchronous.
const xxh3 = await createXXHash128(0, 0)
const xxh32 = await createXXHash32(0)

/** XXH3-128, seed 0, of raw bytes: 32 lower-case hex digits, high 64 bits first. Guards against mistakes, not against attackers. */
export function contentHash(bytes: Uint8Array): string {
  return xxh3.init().update(bytes).digest('hex')
}

/** The content hash of a value's canonical bytes. */
export function contentHashOf(value: Json): string {
  return contentHash(canonicalize(value))
}

/** XXH32, seed 0, of raw bytes that lie in several parts: an unsigned 32-bit number. Guards against mistakes, not against attackers. */
export function checksum(parts: readonly Uint8Array[]): number {
  xxh32.init()
  for (const part of parts) xxh32.update(part)
  const [a, b, c, d] = xxh32.digest('binary')
  return ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0
}
