/**
 * What each route takes and answers, for `/openapi.json`. It describes and does not decide: requests are checked in `decode.ts`, whose messages say more than
 * a schema can, and bodies are written by `row.ts`.
 */
import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema } from 'fastify'
import * as limits from '../limits.ts'
import { refusalCodes } from './refusal.ts'

const text = { type: 'string' }
const int64 = { type: 'integer', format: 'int64' }
const peerCount = { type: 'integer', minimum: 0, maximum: limits.peerCountMax }
const peerId = { type: 'string', description: 'A base58 peer id.' }
const instance = { type: 'string', maxLength: limits.instanceCharsMax, description: 'Tells two processes of one identity apart.' }
const name = { type: 'string', pattern: limits.clusterNameRule.source, description: `Not "${limits.clusterNameReserved}".` }
const multiaddrs = {
  type: 'array',
  maxItems: limits.multiaddrsMax,
  items: { type: 'string', maxLength: limits.multiaddrCharsMax, description: 'A multiaddr.' }
}

const row = object('ClusterRow', {
  name,
  manager_peer_id: peerId,
  manager_multiaddrs: multiaddrs,
  relay_multiaddrs: multiaddrs,
  peer_count: peerCount,
  created_ns: { ...int64, description: 'Unix nanoseconds of the create.' },
  last_liveness_check_ns: { ...int64, description: 'Unix nanoseconds of the last create, rotate or liveness check.' },
  revision: { ...int64, description: 'The counter of the directory when the row was last created or rotated.' },
  sweep_after_ms: { type: 'integer', description: 'How long the row lives after a create, rotate or liveness check.' },
  instance
})
const errorFields = { error: { type: 'string', enum: refusalCodes }, message: text }
const refusal = object('Refusal', errorFields)
const conflict = object('Conflict', { ...errorFields, entry: { $ref: 'ClusterRow#' } })
const claim = object(
  'Claim',
  { manager_peer_id: peerId, manager_multiaddrs: multiaddrs, relay_multiaddrs: multiaddrs, instance },
  { required: ['manager_peer_id', 'manager_multiaddrs'] }
)

const params = { type: 'object', properties: { name }, required: ['name'] }
const ifMatch = {
  type: 'object',
  properties: { 'if-match': { type: 'string', description: 'A quoted revision, or *: make the change only under that reign.' } }
}
const watchQuery = { type: 'object', properties: { refreshed: { type: 'string', enum: ['1'], description: 'Liveness checks, too.' } } }
const rowAnswer = {
  description: 'The row as it is now.',
  headers: { ETag: { type: 'string', description: 'The quoted revision.' } },
  ...json({ $ref: 'ClusterRow#' })
}

/** The schema of each route. */
export const docs = {
  list: {
    summary: 'All rows, newest first',
    response: onRows({
      200: { description: 'The rows.', ...json({ type: 'object', properties: { clusters: rowsOf() }, required: ['clusters'] }) }
    })
  },
  get: { summary: 'One row', params, response: onRows({ 200: rowAnswer }, 400, 404) },
  create: {
    summary: 'Create the row of a cluster that has none',
    params,
    body: { $ref: 'Claim#' },
    response: onRows({ 201: rowAnswer, 409: conflictAnswer('The row exists.') }, 400, 413, 415)
  },
  refresh: {
    summary: 'Liveness check: keep the row for another life',
    params,
    headers: ifMatch,
    body: { type: 'object', properties: { peer_count: peerCount }, required: ['peer_count'] },
    response: onRows({ 200: rowAnswer, 412: conflictAnswer('Another revision.') }, 400, 404, 413, 415)
  },
  rotate: {
    summary: 'Put another Manager into the row',
    params,
    headers: ifMatch,
    body: { $ref: 'Claim#' },
    response: onRows({ 200: rowAnswer, 412: conflictAnswer('Another revision.') }, 400, 404, 413, 415)
  },
  delete: {
    summary: 'Take the row away',
    params,
    headers: ifMatch,
    response: onRows({ 204: { description: 'It is gone.' }, 412: conflictAnswer('Another revision.') }, 400, 404, 413, 415)
  },
  watch: {
    summary: 'Events of one row, which need not exist: snapshot, created, rotated, swept, deleted, and refreshed where asked for',
    params,
    querystring: watchQuery,
    response: onRows({ 200: stream('{"entry": row}, or {"entry": null} in a snapshot without a row') }, 400)
  },
  watchAll: {
    summary: 'Events of all rows',
    querystring: watchQuery,
    response: onRows({ 200: stream('{"entries": [row]} in the snapshot, then {"entry": row}') })
  },
  healthz: { summary: 'The process answers', response: answers({ 200: statusAnswer() }) },
  readyz: { summary: 'The service takes requests', response: answers({ 200: statusAnswer() }, 503) },
  metrics: {
    summary: 'Figures in Prometheus text format',
    response: answers({ 200: { description: 'The figures.', content: { 'text/plain': { schema: text } } } }, 500)
  },
  openapi: {
    summary: 'This document',
    response: answers({ 200: { description: 'An OpenAPI document.', ...json({ type: 'object', additionalProperties: true }) } })
  }
} satisfies Record<string, FastifySchema>

/** Collects the schemas of all routes added from here on; `app.swagger()` is the document. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  for (const schema of [row, refusal, conflict, claim]) app.addSchema(schema)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Auki Discovery',
        version: '2',
        description: 'Where clusters of peers meet. Every answer carries Auki-Discovery-Version: 2; 64-bit integers are JSON integers.'
      }
    },
    refResolver: { buildLocalReference: (schema) => String(schema['$id']) }
  })
}

function object(id: string, properties: Record<string, object>, { required = Object.keys(properties) } = {}) {
  return { $id: id, type: 'object', properties, required }
}

function rowsOf() {
  return { type: 'array', items: { $ref: 'ClusterRow#' } }
}

function json(schema: object) {
  return { content: { 'application/json': { schema } } }
}

function stream(data: string) {
  return { description: `Server-Sent Events; data is ${data}.`, content: { 'text/event-stream': { schema: text } } }
}

function statusAnswer() {
  return { description: 'Yes.', ...json({ type: 'object', properties: { status: text }, required: ['status'] }) }
}

function conflictAnswer(description: string) {
  return { description, ...json({ $ref: 'Conflict#' }) }
}

/** A call on rows may also meet the rate limit (429), a fault (500), or a service that is full, starting or stopping (503). */
function onRows(own: Record<number, object>, ...refused: number[]) {
  return answers(own, ...refused, 429, 500, 503)
}

function answers(own: Record<number, object>, ...refused: number[]) {
  const plain = refused.map((status) => [status, { description: 'See error and message.', ...json({ $ref: 'Refusal#' }) }])
  return { ...Object.fromEntries(plain), ...own }
}
