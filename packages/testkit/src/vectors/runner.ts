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
  /** What a known mistake gives instead. */
  readonly wrong?: Record<string, Json>
}

/** Throws when the vector does not hold. */
export type VectorCheck = (vector: Vector) => void | Promise<void>

/** Why a vector failed; `undefined` when it passed. An unknown kind is a failure, and so is expecting nothing. */
export async function runVector(vector: Vector, checks: Readonly<Record<string, VectorCheck>>): Promise<Error | undefined> {
  const check = Object.hasOwn(checks, vector.kind) ? checks[vector.kind] : undefined
  if (check === undefined) return new Error(`no check knows the kind "${vector.kind}"`)
  if (Object.keys(vector.expected).length === 0) return new Error('it expects nothing')
  try {
    await check(vector)
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** The vectors of a file's text. @throws Error when the text is not a vector file. */
export function parseVectors(text: string): Vector[] {
  const file = parseJson(text) as { vectors?: unknown } | null
  if (!Array.isArray(file?.vectors) || file.vectors.length === 0) throw new Error('not a vector file: it has no vectors')
  for (const [index, vector] of file.vectors.entries()) {
    if (!isVector(vector)) throw new Error(`vector ${index} lacks a name, a kind, an input or an expectation`)
  }
  return file.vectors as Vector[]
}

function isVector(vector: Partial<Vector> | null): vector is Vector {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof vector?.name === 'string' && typeof vector.kind === 'string' && isObject(vector.input) && isObject(vector.expected)
}

/** `HashMismatch` → `hash-mismatch`: how a variant's name in a vector is spelled as an error code. */
export function kebab(variant: string): string {
  return variant.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase()
}
