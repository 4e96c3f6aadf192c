/**
 * # @auki/canonical
 *
 * What every other package builds on: JSON without rounded integers, its canonical bytes and their hash, the base class of errors, and texts made safe to show.
 *
 * ```ts
 * const row = parseJson('{"created_ns":1733836800123456789}') // { created_ns: 1733836800123456789n }
 * stringifyJson(row)                                          // the same text again
 * contentHashOf(row)                                          // 32 hex digits, equal for equal values
 * ```
 *
 * Where to read on:
 *
 * 1. `json.ts`: {@link parseJson} and {@link stringifyJson}. `JSON.parse` does the work; `json-scan.ts` bounds a text before anything is built, `json-restore.ts` puts
 *    exact integers back (`exact-integer.ts`), and `json-tokens.ts` reads the few texts where that cannot work.
 * 2. `canonicalize.ts` (RFC 8785), `hash.ts` (XXH3-128, XXH32), `print.ts`, the printer that both forms of JSON share.
 * 3. `errors.ts`: {@link AukiError}, with a stable code; {@link reasonOf}, the text of whatever was thrown.
 * 4. `text.ts`: UTF-8, and names of others without what does not show; `clock.ts`: the one port for time; `abort.ts`: waiting no longer than until an abort.
 *
 * `runtime.ts` comes first: it names a runtime that is too old, before something fails that nobody can read. Limits are in `limits.ts`.
 *
 * @packageDocumentation
 */
import './runtime.ts'

export { type AbortOptions, type AbortSignalLike, abortable } from './abort.ts'
export { canonicalize, canonicalText } from './canonicalize.ts'
export { type Clock, systemClock, type Timer } from './clock.ts'
export { AukiError, assertNever, reasonOf, toError } from './errors.ts'
export { checksum, contentHash, contentHashOf } from './hash.ts'
export { type Json, type ParseOptions, parseJson, stringifyJson } from './json.ts'
export { cutText, utf8Bytes, visibleName, visibleText } from './text.ts'
