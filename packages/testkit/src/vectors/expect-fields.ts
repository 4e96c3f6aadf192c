/** Reading the fields of a vector, and comparing what came out with what it expects. */
import { AukiError, canonicalText, type Json } from '@auki/canonical'
import { kebab } from './runner.ts'
import { hexOf } from './wire-fields.ts'

export type Fields = Readonly<Record<string, Json>>

/** What comes out. Vectors spell a `bigint` as a decimal string and bytes as hex. */
export type Found = Json | undefined | Uint8Array

export function textOf(fields: Fields, key: string): string {
  const value = fields[key]
  if (typeof value !== 'string') throw new Error(`"${key}" must be a string`)
  return value
}

/** An i64 or u64, a decimal string in the vector. */
export function bigintOf(fields: Fields, key: string): bigint {
  return BigInt(textOf(fields, key))
}

export function objectOf(fields: Fields, key: string): Fields {
  const value = fields[key]
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error(`"${key}" must be an object`)
  return value
}

export function objectsOf(fields: Fields, key: string): Fields[] {
  const value = fields[key]
  if (!Array.isArray(value)) throw new Error(`"${key}" must be an array`)
  return value as Fields[]
}

/**
 * Every field the vector expects must be among those that came out, with that value.
 *
 * An error of ours comes out as `error` (its code; the vector has the variant's name), `message` and its details in snake case.
 */
export function expectFields(expected: Fields, run: () => Record<string, Found>): void {
  const found = 'error' in expected ? fieldsOfError(run) : run()
  for (const key of Object.keys(expected)) {
    const wanted = key === 'error' ? kebab(textOf(expected, key)) : expected[key]!
    expectSame(found[key], wanted, key)
  }
}

/** Compares as canonical JSON. @throws Error that says on one line what was expected and what was found. */
export function expectSame(found: Found, expected: Json, what: string): void {
  const [foundText, expectedText] = [spell(found), canonicalText(expected)]
  if (foundText !== expectedText) throw new Error(`${what}: expected ${expectedText}, found ${foundText}`)
}

function fieldsOfError(run: () => unknown): Record<string, Found> {
  try {
    run()
  } catch (error) {
    if (!(error instanceof AukiError)) throw error
    const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const details = Object.entries(error.details).map(([key, value]) => [snake(key), value])
    return { ...Object.fromEntries(details), error: error.code, message: error.message }
  }
  return {}
}

function spell(value: Found): string {
  if (value === undefined) return 'nothing'
  if (value instanceof Uint8Array) return canonicalText(hexOf(value))
  return canonicalText(typeof value === 'bigint' ? String(value) : value)
}
