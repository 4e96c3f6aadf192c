/** What stands around the routes: the headers of every answer, cross-origin rules, limits, and answers to what is no request at all. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as limits from '../limits.ts'
import { contract } from './contract.ts'
import { Refusal } from './refusal.ts'
import { refusalText } from './wire.ts'

/** On every answer, errors and event streams included; any origin may read it. */
const everywhere = {
  'auki-discovery-version': '2',
  'cache-control': 'no-store',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag, Auki-Discovery-Version'
}

/** A plain HTTP server whose answers all start out with the headers that every answer carries, whoever writes them. */
export function plainServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server {
  const options = {
    requestTimeout: limits.requestArrivesMs,
    headersTimeout: limits.requestArrivesMs,
    keepAliveTimeout: limits.keepAliveMs,
    requireHostHeader: false // Node's own answer to a request without one has no body
  }
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    for (const [name, value] of Object.entries(everywhere)) response.setHeader(name, value)
    if (request.headers.host !== undefined || request.httpVersion === '1.0') return handler(request, response)
    const body = refusalText(new Refusal('bad-request', 'the request has no Host header; send one'))
    response
      .writeHead(400, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), connection: 'close' })
      .end(body)
  }
  // An expectation that nobody knows is passed over: what Node would answer by itself has no body either.
  return createServer(options, handle).on('checkExpectation', handle)
}

/** Answers what the HTTP parser could not read, and ends the connection. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const refusal = unreadable(error)
  const body = refusalText(refusal)
  const headers = { ...everywhere, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${refusal.status} ${refusal.code}\r\n${lines.join('')}\r\n${body}`)
}

function unreadable(error: NodeJS.ErrnoException): Refusal {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Refusal('request-timeout', `the request did not arrive within ${limits.requestArrivesMs} ms; send it again`)
    case 'HPE_HEADER_OVERFLOW':
      return new Refusal('headers-too-large', 'the headers are too large; send fewer')
    default:
      return new Refusal('bad-request', 'this is not HTTP')
  }
}

// The last three: clients sign their writes, whether the service asks for it or not.
const allowedHeaders = ['if-match', 'authorization', 'content-type', 'content-digest', 'signature', 'signature-input']

/** Answers preflights of browsers on every path. */
export function preflights(app: FastifyInstance): void {
  const handler = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    // `Auki-*` means every header that begins so, for which CORS has no word: those that are asked for are named back.
    const asked = String(request.headers['access-control-request-headers'] ?? '').split(',')
    const ours = asked.map((header) => header.trim().toLowerCase()).filter((header) => /^auki-[a-z0-9-]+$/.test(header))
    return reply
      .code(204)
      .header('access-control-allow-methods', 'GET, POST, DELETE')
      .header('access-control-allow-headers', [...allowedHeaders, ...ours].join(', '))
      .header('access-control-max-age', '7200')
      .header('vary', 'Access-Control-Request-Headers')
      .send()
  }
  app.route({ ...contract.preflight, handler })
}
