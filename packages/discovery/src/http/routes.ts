/** The calls on rows. A handler asks the store, and says what came of it; what goes in and out is checked and written by the contract. */
import { assertNever } from '@auki/canonical'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Outcome } from '../directory.ts'
import type { DirectoryRow } from '../row.ts'
import type { DiscoveryStore } from '../store.ts'
import type { SchemaTypes } from './check.ts'
import { contract } from './contract.ts'
import type { Metrics } from './metrics.ts'
import { Refusal } from './refusal.ts'
import { streamHeaders, type Watchers } from './watchers.ts'
import { claimOf } from './wire.ts'

export interface ClusterRoutesNeeds {
  readonly store: DiscoveryStore
  readonly watchers: Watchers
  readonly metrics: Metrics
}

/** Adds the routes under `/clusters`. */
export function clusterRoutes(plain: FastifyInstance, needs: ClusterRoutesNeeds): void {
  const { store } = needs
  const app = plain.withTypeProvider<SchemaTypes>()
  app.route({ ...contract.list, handler: async (_request, reply) => reply.send({ clusters: await store.list() }) })
  app.route({
    ...contract.get,
    handler: async ({ params: { name } }, reply) => {
      const row = await store.get(name)
      return row === undefined ? missing(name) : sendRow(reply, row)
    }
  })
  app.route({
    ...contract.create,
    handler: async ({ params: { name }, body }, reply) => answer(reply, name, await store.create(name, claimOf(body)))
  })
  app.route({
    ...contract.refresh,
    handler: async ({ params: { name }, headers, body }, reply) =>
      answer(reply, name, await store.refresh(name, body.peer_count, headers['if-match']))
  })
  app.route({
    ...contract.rotate,
    handler: async ({ params: { name }, headers, body }, reply) =>
      answer(reply, name, await store.rotate(name, claimOf(body), headers['if-match']))
  })
  app.route({
    ...contract.delete,
    handler: async ({ params: { name }, headers }, reply) => answer(reply, name, await store.delete(name, headers['if-match']))
  })
  watchRoutes(plain, needs)
}

function watchRoutes(plain: FastifyInstance, { watchers, metrics }: ClusterRoutesNeeds): void {
  const app = plain.withTypeProvider<SchemaTypes>()
  const follow = async (name: string | undefined, request: FastifyRequest, reply: FastifyReply, refreshed: unknown) => {
    // Who asks with HEAD wants no events, so it takes no place among the watchers.
    if (request.method === 'HEAD') reply.raw.writeHead(200, streamHeaders).end()
    else await watchers.serve({ name, refreshed: refreshed === '1' }, reply.raw)
    // Only now: until the snapshot is out, a failure can still be answered.
    reply.hijack()
    metrics.answered(request.method, request.routeOptions.url!, 200)
  }
  app.route({
    ...contract.watchAll,
    handler: (request, reply) => follow(undefined, request as FastifyRequest, reply, request.query.refreshed)
  })
  app.route({
    ...contract.watch,
    handler: (request, reply) => follow(request.params.name, request as FastifyRequest, reply, request.query.refreshed)
  })
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
  return reply.header('etag', `"${row.revision}"`).send(row)
}
