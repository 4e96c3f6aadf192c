import { createXXHash128 } from 'hash-wasm'
import { canonicalize } from './canonicalize.ts'
import type { Json } from './json.ts'

// Loading the WebAssembly is async, hashing is not: one top-level await keeps every caller synchronous.
const xxh3 = await createXXHash128(0, 0)

/** XXH3-128, seed 0, of raw bytes: 32 lower-case hex digits, high 64 bits first. Guards against mistakes, not against attackers. */
export function contentHash(bytes: Uint8Array): string {
  return xxh3.init().update(bytes).digest('hex')
}

/** The content hash of a value's canonical bytes. */
export function contentHashOf(value: Json): string {
  return contentHash(canonicalize(value))
}
