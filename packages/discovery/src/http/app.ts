/** The Fastify application: routes, and what happens to every request before and after them. */

import type { Server } from 'node:http'
import { cutText } from '@auki/canonical'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import * as limits from '../limits.ts'
import type { DiscoveryStore } from '../store.ts'
import { answerUnreadable, plainServer, preflights } from './frame.ts'
import type { Metrics } from './metrics.ts'
import { describeRoutes, docs } from './openapi.ts'
import { Refusal, refusalOf, refusalText } from './refusal.ts'
import { clusterRoutes, sendJson } from './routes.ts'
import type { Watchers } from './watchers.ts'

/** At most so many requests of one client address in each window; more are answered 429 with `Retry-After`. */
export interface RateLimit {
  readonly requestsMax: number
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
    exposeHeadRoutes: false, // HEAD of an event stream would be one
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
  takeBodiesAsTheyAre(app)
  await describeRoutes(app)
  preflights(app)
  operationRoutes(app, needs)
  await app.register(async (clusters) => {
    clusters.addHook('onRequest', (_request, _reply, done) => {
      const why = needs.notReady()
      done(why === undefined ? undefined : new Refusal('not-ready', why))
    })
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
    return sendJson(reply.code(refusal.status), refusalText(refusal))
  }
}

/** Bodies reach the handlers as bytes, whatever they say they are; `decode.ts` judges. Schemas describe only. */
function takeBodiesAsTheyAre(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
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
  app.get('/healthz', { schema: docs.healthz }, (_request, reply) => sendJson(reply, '{"status":"ok"}'))
  app.get('/readyz', { schema: docs.readyz }, (_request, reply) => {
    const why = notReady()
    if (why !== undefined) throw new Refusal('not-ready', why)
    return sendJson(reply, '{"status":"ready"}')
  })
  app.get('/metrics', { schema: docs.metrics }, async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))
  app.get('/openapi.json', { schema: docs.openapi }, (_request, reply) => sendJson(reply, JSON.stringify(app.swagger())))
}
