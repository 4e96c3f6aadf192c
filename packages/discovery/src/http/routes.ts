/** The calls on rows, one route each. A handler decodes, asks the store, and says what came of it. */
import { assertNever } from '@auki/canonical'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Outcome } from '../directory.ts'
import { type DirectoryRow, rowsText, rowText } from '../row.ts'
import type { DiscoveryStore } from '../store.ts'
import { decodeClaim, decodeIfMatch, decodeName, decodePeerCount } from './decode.ts'
import type { Metrics } from './metrics.ts'
import { docs } from './openapi.ts'
import { Refusal } from './refusal.ts'
import type { Watchers } from './watchers.ts'

type Named = { Params: { name: string } }
type Watching = { Querystring: { refreshed?: unknown } }

export interface ClusterRoutesNeeds {
  readonly store: DiscoveryStore
  readonly watchers: Watchers
  readonly metrics: Metrics
}

/** Adds the routes under `/clusters`. */
export function clusterRoutes(app: FastifyInstance, { store, watchers, metrics }: ClusterRoutesNeeds): void {
  app.get('/clusters', { schema: docs.list }, async (_request, reply) => sendJson(reply, `{"clusters":${rowsText(await store.list())}}`))

  app.get<Named>('/clusters/:name', { schema: docs.get }, async (request, reply) => {
    const name = decodeName(request.params.name)
    const row = await store.get(name)
    return row === undefined ? missing(name) : sendRow(reply, row)
  })

  app.post<Named>('/clusters/:name', { schema: docs.create }, async (request, reply) => {
    const name = decodeName(request.params.name)
    return answer(reply, name, await store.create(name, decodeClaim(request.body, request.headers['content-type'])))
  })

  app.post<Named>('/clusters/:name/liveness', { schema: docs.refresh }, async (request, reply) => {
    const { name, ifMatch } = target(request)
    return answer(reply, name, await store.refresh(name, decodePeerCount(request.body, request.headers['content-type']), ifMatch))
  })

  app.post<Named>('/clusters/:name/manager', { schema: docs.rotate }, async (request, reply) => {
    const { name, ifMatch } = target(request)
    return answer(reply, name, await store.rotate(name, decodeClaim(request.body, request.headers['content-type']), ifMatch))
  })

  app.delete<Named>('/clusters/:name', { schema: docs.delete }, async (request, reply) => {
    const { name, ifMatch } = target(request)
    return answer(reply, name, await store.delete(name, ifMatch))
  })

  const follow = async (name: string | undefined, request: FastifyRequest<Watching>, reply: FastifyReply) => {
    await watchers.serve({ name, refreshed: request.query.refreshed === '1' }, reply.raw)
    // Only now: until the snapshot is out, a failure can still be answered.
    reply.hijack()
    metrics.answered(request.method, request.routeOptions.url!, 200)
  }
  app.get<Watching>('/clusters/watch', { schema: docs.watchAll }, (request, reply) => follow(undefined, request, reply))
  app.get<Named & Watching>('/clusters/:name/watch', { schema: docs.watch }, async (request, reply) =>
    follow(decodeName(request.params.name), request, reply)
  )
}

function target(request: FastifyRequest<Named>): { name: string; ifMatch: number | undefined } {
  return { name: decodeName(request.params.name), ifMatch: decodeIfMatch(request.headers['if-match']) }
}

function answer(reply: FastifyReply, name: string, outcome: Outcome): FastifyReply {
  switch (outcome.kind) {
    case 'created':
      return sendRow(reply.code(201), outcome.row)
    case 'refreshed':
    case 'rotated':
      return sendRow(reply, outcome.row)
    case 'deleted':
      return reply.code(204).send()
    case 'missing':
      return missing(name)
    case 'exists':
      throw new Refusal('already-exists', `cluster "${name}" exists; join it, or choose another name`, outcome.row)
    case 'mismatch':
      throw new Refusal(
        'revision-mismatch',
        `cluster "${name}" is at revision ${outcome.row.revision}, not the one asked for; look at entry`,
        outcome.row
      )
    case 'full':
      throw new Refusal(
        'too-many-clusters',
        `this directory holds ${outcome.rowsMax} clusters, the most it may; try again when one is gone`
      )
    default:
      return assertNever(outcome)
  }
}

function missing(name: string): never {
  throw new Refusal('no-such-cluster', `there is no cluster "${name}"; create it`)
}

function sendRow(reply: FastifyReply, row: DirectoryRow): FastifyReply {
  return sendJson(reply.header('etag', `"${row.revision}"`), rowText(row))
}

/** The text as it is: it is JSON already. */
export function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json').send(text)
}
