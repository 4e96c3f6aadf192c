/** What clients send, checked by the schemas of the route: bytes become JSON by our own parser, which rounds no integer, and then a typed value. */
import { type Json, parseJson, reasonOf } from '@auki/canonical'
import type { FastifyRequest, FastifySchemaCompiler, FastifyTypeProvider } from 'fastify'
import type { z } from 'zod'
import { bodyValuesMax } from '../limits.ts'
import { Refusal, type RefusalCode } from './refusal.ts'
import { quote, shorten } from './words.ts'

/** Tells Fastify's types what the schemas of a route make of a request. */
export interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The check of one part of a request. Until then a body is the bytes that came: signatures over it are verified in a `preValidation` hook. */
export const compileCheck: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) =>
  httpPart === 'body' ? (body: Uint8Array | null) => check(schema, () => jsonOf(body)) : (part: unknown) => check(schema, () => part)

function check(schema: z.ZodType, partOf: () => unknown): { readonly value: unknown } | { readonly error: Error } {
  try {
    const checked = schema.safeParse(partOf())
    return checked.success ? { value: checked.data } : { error: refusalBy(checked.error.issues[0]!) }
  } catch (error) {
    if (error instanceof Refusal) return { error }
    throw error
  }
}

/** A schema says what is wrong; where it is not the form of the body, it gives the code, too. */
function refusalBy(issue: z.core.$ZodIssue): Refusal {
  const code = issue.code === 'custom' ? issue.params?.['code'] : undefined
  return new Refusal((code as RefusalCode | undefined) ?? 'bad-body', issue.message)
}

function jsonOf(body: Uint8Array | null): Json {
  if (body === null || body.length === 0) throw new Refusal('bad-body', 'the body is empty; send a JSON object')
  try {
    return parseJson(utf8.decode(body), { valuesMax: bodyValuesMax })
  } catch (error) {
    throw new Refusal('bad-body', `the body is not JSON: ${shorten(reasonOf(error), 200)}`)
  }
}

/** Whether the body is what it has to be by its headers: JSON, where the route reads it, and not encoded. @throws Refusal. */
export function checkContent({ body, headers, routeOptions }: FastifyRequest): void {
  if (!(body instanceof Uint8Array) || body.length === 0) return
  const encoding = headers['content-encoding'] ?? 'identity'
  if (!/^identity$/i.test(encoding)) {
    throw new Refusal('unsupported-media-type', `the body is encoded as ${quote(encoding)}; send it as it is, without Content-Encoding`)
  }
  const type = headers['content-type'] ?? 'of no type'
  if (routeOptions.schema?.body !== undefined && !/^application\/json\s*(;|$)/i.test(type)) {
    throw new Refusal('unsupported-media-type', `the body is ${quote(type)}; send it as Content-Type: application/json`)
  }
}
