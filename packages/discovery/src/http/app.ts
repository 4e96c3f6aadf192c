/** The Fastify application: routes, and what happens to every request before and after them. */

import type { Server } from 'node:http'
import { cutText } from '@auki/canonical'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { z } from 'zod'
import * as limits from '../limits.ts'
import type { DiscoveryStore } from '../store.ts'
import { checkContent, compileCheck } from './check.ts'
import { contract } from './contract.ts'
import { openapiDocument } from './document.ts'
import { answerUnreadable, plainServer, preflights } from './frame.ts'
import type { Metrics } from './metrics.ts'
import { Refusal, refusalOf } from './refusal.ts'
import { clusterRoutes } from './routes.ts'
import type { Watchers } from './watchers.ts'
import { refusalText } from './wire.ts'
import { writerOf } from './write.ts'

/** At most so many requests of one client address in each window; more are answered 429 with `Retry-After`. */
export interface RateLimit {
  /** 1 to 1,000,000,000. */
  readonly requestsMax: number
  /** 1,000 to 3,600,000 ms. */
  readonly windowMs: number
}

export interface AppNeeds {
  readonly store: DiscoveryStore
  readonly watchers: Watchers
  readonly metrics: Metrics
  /** Why requests are not taken now; `undefined` = they are. */
  readonly notReady: () => string | undefined
  /** Told of each request that failed through no fault of the client. */
  readonly failed: (request: FastifyRequest, error: unknown) => void
}

/** The application, not yet listening. `servers` collects every HTTP server it opens: one per address of its host. */
export async function createApp(init: { rateLimit: RateLimit | undefined; servers: Server[] }, needs: AppNeeds): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    serverFactory: (handler) => {
      const server = plainServer(handler)
      init.servers.push(server)
      return server
    },
    bodyLimit: limits.bodyBytesMax,
    routerOptions: { maxParamLength: 16 * 1024 }, // no shorter than the longest path: a name that is too long gets told so
    exposeHeadRoutes: true,
    return503OnClosing: false, // `notReady` answers, in our words
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, request, reply) => refuse(error, request as FastifyRequest, reply as FastifyReply)
  })
  const refuse = refuser(needs)
  app.setErrorHandler<FastifyError>(refuse)
  app.setNotFoundHandler((request) => {
    throw new Refusal('no-such-route', `there is no ${request.method} ${cutText(request.url, 200)}; see /openapi.json`)
  })
  app.addHook('onSend', (request, reply, _payload, done) => {
    needs.metrics.answered(request.method, request.routeOptions.url ?? 'none', reply.statusCode)
    done()
  })
  bySchema(app)
  preflights(app)
  operationRoutes(app, needs)
  await app.register(async (clusters) => {
    clusters.addHook('onRequest', (_request, _reply, done) => {
      const why = needs.notReady()
      done(why === undefined ? undefined : new Refusal('not-ready', why))
    })
    clusters.addHook('preValidation', async (request) => checkContent(request))
    if (init.rateLimit !== undefined) await limitRate(clusters, init.rateLimit)
    clusterRoutes(clusters, needs)
  })
  return app
}

function refuser({ metrics, failed }: AppNeeds) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = refusalOf(error)
    metrics.refused(refusal.code)
    if (refusal.code === 'internal') failed(request, error)
    return reply.code(refusal.status).type('application/json').send(refusalText(refusal))
  }
}

/** Routes are checked and written by their schemas. Bodies come as bytes, whatever they say they are: `check.ts` judges. */
function bySchema(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setValidatorCompiler(compileCheck)
  app.setSerializerCompiler<z.ZodType>(({ schema }) => writerOf(schema))
}

async function limitRate(app: FastifyInstance, { requestsMax, windowMs }: RateLimit): Promise<void> {
  await app.register(rateLimit, {
    max: limits.integerOption('rateLimit.requestsMax', requestsMax, 1, 1_000_000_000),
    timeWindow: limits.integerOption('rateLimit.windowMs', windowMs, 1_000, 3_600_000),
    errorResponseBuilder: (_request, { after }) =>
      new Refusal('rate-limited', `more than ${requestsMax} requests in ${windowMs} ms; try again in ${after}`)
  })
}

function operationRoutes(app: FastifyInstance, { metrics, notReady }: AppNeeds): void {
  app.route({ ...contract.healthz, handler: (_request, reply) => reply.send({ status: 'ok' }) })
  app.route({
    ...contract.readyz,
    handler: (_request, reply) => {
      const why = notReady()
      if (why !== undefined) throw new Refusal('not-ready', why)
      return reply.send({ status: 'ready' })
    }
  })
  app.route({ ...contract.metrics, handler: async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()) })
  const document = JSON.stringify(openapiDocument())
  app.route({ ...contract.openapi, handler: (_request, reply) => reply.type('application/json').send(document) })
}
