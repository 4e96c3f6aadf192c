/** Around the routes: the headers of every answer, cross-origin rules, time limits, and answers to what the HTTP parser cannot read. */
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
    requireHostHeader: false // refused below: Node's own 400 would have no body
  }
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    for (const [name, value] of Object.entries(everywhere)) response.setHeader(name, value)
    if (request.headers.host !== undefined || request.httpVersion === '1.0') return handler(request, response)
    const body = refusalText(new Refusal('bad-request', 'the request has no Host header; send one'))
    response
      .writeHead(400, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), connection: 'close' })
      .end(body)
  }
  // `Expect` headers other than 100-continue are ignored: Node's own 417 would have no body.
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
      return new Refusal('headers-too-large', 'the headers, or the path, are too large; send fewer')
    default:
      return new Refusal('bad-request', 'this is not HTTP')
  }
}

// The last three carry signatures: clients send them whether the service asks for them or not.
const allowedHeaders = ['if-match', 'authorization', 'content-type', 'content-digest', 'signature', 'signature-input']

/** Answers preflights of browsers on every path. */
export function preflights(app: FastifyInstance): void {
  const handler = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    // Every header that begins with `Auki-` is allowed. CORS has no prefix for that, so those that the browser asks for are listed in the answer.
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
