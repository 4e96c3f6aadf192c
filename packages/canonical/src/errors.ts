import type { Json } from './json.ts'

/**
 * The one base class of every error this SDK throws on purpose.
 *
 * `code` is stable and kebab-case, so it can be switched on; `details` is machine-readable; `cause` keeps what was caught.
 * Messages say what happened, to what, and what to do next.
 */
export class AukiError<C extends string = string> extends Error {
  /** The name of the class, written out in each: a bundler that shortens names must not change it. */
  override readonly name: string = 'AukiError'
  readonly code: C
  readonly details: Readonly<Record<string, Json>>

  constructor(code: C, message: string, details: Record<string, Json> = {}, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.details = details
  }
}

/** The message of whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Ends a `switch` over a union: a case that is missing does not type-check. */
export function assertNever(value: never): never {
  const variant = value as { kind?: unknown; type?: unknown } | undefined
  throw new TypeError(`unexpected value ${String(variant?.kind ?? variant?.type ?? value)}: a case is missing`)
}

/** An `Error` for whatever was thrown. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
