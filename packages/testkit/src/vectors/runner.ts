/**
 * Golden vectors: files `{ about, conventions, vectors: [{ name, kind, input, expected }] }` that pin bytes and numbers.
 * Each kind has one check, which drives the public API and throws when the answer is not the expected one.
 */
import { type Json, parseJson } from '@auki/canonical'

export interface Vector {
  readonly name: string
  readonly kind: string
  readonly input: Record<string, Json>
  readonly expected: Record<string, Json>
}

/** Throws when the vector does not hold. */
export type VectorCheck = (vector: Vector) => void | Promise<void>

/** Why a vector failed; `undefined` when it passed. An unknown kind is a failure. */
export async function runVector(vector: Vector, checks: Readonly<Record<string, VectorCheck>>): Promise<Error | undefined> {
  const check = Object.hasOwn(checks, vector.kind) ? checks[vector.kind] : undefined
  if (check === undefined) return new Error(`no check knows the kind "${vector.kind}"`)
  try {
    await check(vector)
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** The vectors of a file's text. @throws Error when the text is not a vector file. */
export function parseVectors(text: string): Vector[] {
  const file = parseJson(text) as { vectors?: unknown }
  if (!Array.isArray(file?.vectors)) throw new Error('not a vector file: it has no array "vectors"')
  return file.vectors as Vector[]
}

/** `HashMismatch` → `hash-mismatch`: how a variant's name in a vector is spelled as an error code. */
export function kebab(variant: string): string {
  return variant.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase()
}
