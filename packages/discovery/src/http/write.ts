/** Writers of JSON, compiled from schemas once. A `bigint` is written as the integer it is, and keys that a schema does not name are left out. */
import type { z } from 'zod'

type Write = (value: never) => string

const compiled = new WeakMap<z.ZodType, Write>()

/** The writer of a schema's values. @throws TypeError for a schema of a kind that nothing here needs. */
export function writerOf<S extends z.ZodType>(schema: S): (value: z.output<S>) => string {
  const write = compiled.get(schema) ?? compile(schema)
  compiled.set(schema, write)
  return write as (value: z.output<S>) => string
}

/**
 * The schema for values that are written from another form of theirs, and each only once: they never change, and many answers and events hold the same one.
 */
export function writtenOnce<Value extends object, Record>(schema: z.ZodType<Record>, recordOf: (value: Value) => Record): z.ZodType<Value> {
  const write = writerOf(schema)
  const texts = new WeakMap<Value, string>()
  const once = schema.clone() as unknown as z.ZodType<Value>
  compiled.set(once, (value: Value) => {
    const known = texts.get(value)
    if (known !== undefined) return known
    const text = write(recordOf(value))
    texts.set(value, text)
    return text
  })
  return once
}

function compile(schema: z.ZodType): Write {
  const { def } = (schema as unknown as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'string':
    case 'enum':
      return JSON.stringify
    case 'number':
    case 'bigint':
      return String
    case 'nullable': {
      const write = writerOf(def.innerType as z.ZodType)
      return (value) => (value === null ? 'null' : write(value))
    }
    case 'array': {
      const write = writerOf(def.element as z.ZodType)
      return (items: never[]) => `[${items.map((item) => write(item)).join(',')}]`
    }
    case 'object': {
      const members = Object.entries(def.shape).map(([key, member]) => ({ key, head: `"${key}":`, write: writerOf(member as z.ZodType) }))
      return (value: Record<string, unknown>) => `{${members.map(({ key, head, write }) => head + write(value[key])).join(',')}}`
    }
    default:
      throw new TypeError(`no answer has a ${def.type}`)
  }
}
