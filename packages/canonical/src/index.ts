import './runtime.ts'

export { type AbortOptions, type AbortSignalLike, abortable } from './abort.ts'
export { canonicalize, canonicalText } from './canonicalize.ts'
export { type Clock, systemClock, type Timer } from './clock.ts'
export { AukiError, assertNever, reasonOf, toError } from './errors.ts'
export { contentHash, contentHashOf } from './hash.ts'
export { type Json, type ParseOptions, parseJson, stringifyJson } from './json.ts'
export { cutText, utf8Bytes, visibleName, visibleText } from './text.ts'
