/**
 * Says in one line that a runtime is too old, where it would otherwise fail somewhere deep inside with an error that nobody can read.
 *
 * Everything imports this package, so this is looked at first.
 */

interface Globals {
  readonly Promise: object
  readonly URL: object
  readonly process?: { readonly version?: string; readonly versions?: Readonly<Record<string, string | undefined>> }
  readonly navigator?: { readonly userAgent?: string }
}

/** What nothing here works without; the youngest of what is needed. */
const needed = [
  ['Promise', 'withResolvers'],
  ['URL', 'parse']
] as const

/** `undefined` where everything that is needed is there, else what to do about it. */
export function tooOld(globals: Globals): string | undefined {
  const missing = needed.filter(([object, method]) => !(method in globals[object])).map((path) => path.join('.'))
  if (missing.length === 0) return undefined
  const { process, navigator } = globals
  const runtime = process?.version === undefined ? (navigator?.userAgent ?? 'this runtime') : `Node ${process.version}`
  return `auki: ${runtime} is too old, it lacks ${missing.join(' and ')}; use Node 24, Bun 1.4, Deno 2.9 or a browser of 2025, or a newer one`
}

const complaint = tooOld(globalThis)
if (complaint !== undefined) throw new Error(complaint)
