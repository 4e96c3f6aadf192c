/**
 * The contract of the service: every route with what it takes and what it may answer. Fastify checks and writes by it, and `/openapi.json` is made of it,
 * so that neither can say anything else.
 */
import type { z } from 'zod'
import * as schemas from './schemas.ts'

/** What a route may answer under one status. */
export interface Answer {
  readonly description: string
  readonly schema?: z.ZodType
  /** Default `application/json`, where there is a schema; of another type the text is described in words only. */
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

type Answers = Readonly<Record<number, Answer>>
type Parts = { readonly params?: z.ZodType; readonly querystring?: z.ZodType; readonly headers?: z.ZodType; readonly body?: z.ZodType }

const refused: Answer = { description: 'See error and message.', schema: schemas.refusal }
const refusals = (...statuses: number[]): Answers => Object.fromEntries(statuses.map((status) => [status, refused]))

/** Any request may be none that can be read (400), be too slow (408) or have too large headers (431). */
const onAll = refusals(400, 408, 431)
/** A call on rows may also meet the rate limit (429), a fault (500), or a service that is full, starting or stopping (503). */
const onRows: Answers = { ...onAll, ...refusals(500, 503), 429: { ...refused, headers: { 'Retry-After': 'Seconds to wait.' } } }
const withBody = refusals(413, 415)

const rowAnswer: Answer = { description: 'The row as it is now.', schema: schemas.row, headers: { ETag: 'The quoted revision.' } }
const conflict = (description: string): Answer => ({ description, schema: schemas.conflict })
const otherRevision = conflict('Another revision.')
const stream = (data: string): Answer => ({ description: `Server-Sent Events; data is ${data}.`, type: 'text/event-stream' })
const fine: Answer = { description: 'Yes.', schema: schemas.status }

function route<const M extends string, const P extends Parts>(method: M, url: string, summary: string, parts: P, answers: Answers) {
  const written = Object.entries(answers).flatMap(([status, { schema }]) => (schema === undefined ? [] : [[status, schema]]))
  return { method, url, summary, answers, schema: { ...parts, response: Object.fromEntries(written) as Record<string, z.ZodType> } }
}

const { named: params, watching: querystring, matching: headers, claim, liveness } = schemas
const one = '/clusters/:name'

/** All routes. Whatever is read with GET may be asked for with HEAD. */
export const contract = {
  list: route('GET', '/clusters', 'All rows, newest first', {}, { ...onRows, 200: { description: 'The rows.', schema: schemas.rows } }),
  get: route('GET', one, 'One row', { params }, { ...onRows, ...refusals(404), 200: rowAnswer }),
  create: route(
    'POST',
    one,
    'Create the row of a cluster that has none',
    { params, body: claim },
    { ...onRows, ...withBody, 201: rowAnswer, 409: conflict('The row exists.') }
  ),
  refresh: route(
    'POST',
    `${one}/liveness`,
    'Liveness check: keep the row for another life',
    { params, headers, body: liveness },
    { ...onRows, ...withBody, ...refusals(404), 200: rowAnswer, 412: otherRevision }
  ),
  rotate: route(
    'POST',
    `${one}/manager`,
    'Put another Manager into the row',
    { params, headers, body: claim },
    { ...onRows, ...withBody, ...refusals(404), 200: rowAnswer, 412: otherRevision }
  ),
  delete: route(
    'DELETE',
    one,
    'Take the row away',
    { params, headers },
    { ...onRows, ...withBody, ...refusals(404), 204: { description: 'It is gone.' }, 412: otherRevision }
  ),
  watch: route(
    'GET',
    `${one}/watch`,
    'Events of one row, which need not exist: snapshot, created, rotated, swept, deleted, and refreshed where asked for',
    { params, querystring },
    { ...onRows, 200: stream('{"entry": row}, or {"entry": null} in a snapshot without a row') }
  ),
  watchAll: route(
    'GET',
    '/clusters/watch',
    'Events of all rows',
    { querystring },
    { ...onRows, 200: stream('{"entries": [row]} in the snapshot, then {"entry": row}') }
  ),
  healthz: route('GET', '/healthz', 'The process answers', {}, { ...onAll, 200: fine }),
  readyz: route('GET', '/readyz', 'The service takes requests', {}, { ...onAll, ...refusals(503), 200: fine }),
  metrics: route(
    'GET',
    '/metrics',
    'Figures in Prometheus text format',
    {},
    { ...onAll, ...refusals(500), 200: { description: 'The figures.', type: 'text/plain' } }
  ),
  openapi: route(
    'GET',
    '/openapi.json',
    'This document',
    {},
    { ...onAll, 200: { description: 'An OpenAPI document.', schema: schemas.openapi } }
  ),
  preflight: route(
    'OPTIONS',
    '*',
    'What a browser asks before it sends a request to another origin',
    {},
    { ...onAll, 204: { description: 'What may be sent.' } }
  )
}
