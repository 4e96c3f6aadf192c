import './runtime.ts'

export { type AbortOptions, type AbortSignalLike, raceAbort } from './abort.ts'
export { canonicalize, canonicalText } from './canonicalize.ts'
export { AukiError, assertNever, reasonOf, toError } from './errors.ts'
export { contentHash, contentHashOf } from './hash.ts'
export { type Json, type ParseOptions, parseJson, stringifyJson } from './json.ts'
export { cutText, utf8Bytes, visibleName, visibleText } from './text.ts'
export { pause, systemTimers, type Timers } from './timers.ts'
