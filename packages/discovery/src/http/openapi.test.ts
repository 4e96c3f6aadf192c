/** The document is held against what the service really answers, both ways: each answer is in it, and whatever is in it can be brought about. */
import { type Json, stringifyJson } from '@auki/canonical'
import { PeerIdentity } from '@auki/identity'
import { type HttpAnswer, HttpEventStream, httpCall } from '@auki/testkit'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Registry } from 'prom-client'
import { beforeAll, expect, test, vi } from 'vitest'
import { memoryStore } from '../stores/memory.ts'
import { openapiShape } from '../testing/openapi-shape.ts'
import { createDiscoveryServer } from './server.ts'

type Schema = Record<string, unknown>
interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema: Schema }>; headers?: Record<string, Schema> }>
  readonly requestBody?: { content: Record<string, { schema: Schema }> }
  readonly parameters?: { name: string; in: string }[]
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { schemas: Record<string, Schema> }
}
type Sent = Parameters<typeof httpCall>[3]

const peerId = PeerIdentity.fromSeed(new Uint8Array(32)).peerId
const claim = {
  manager_peer_id: peerId,
  manager_multiaddrs: ['/ip4/10.0.0.1/tcp/4001'],
  relay_multiaddrs: [],
  instance: 'i',
  row_life_ms: 5_000
}
const stale = { 'if-match': '"1"' }
const tooMuch = { body: 'x'.repeat(70_000) }
const encoded = { body: '{}', headers: { 'content-encoding': 'gzip' } }
const alive = { body: { peer_count: 2 } }

/** One request for each answer of a service at work, in this order; each GET is sent with HEAD, too. */
const atWork: [number, string, string, Sent?][] = [
  [200, 'GET', '/clusters'],
  [201, 'POST', '/clusters/lab', { body: claim }],
  [409, 'POST', '/clusters/lab', { body: claim }],
  [400, 'POST', '/clusters/lab', { body: {} }],
  [413, 'POST', '/clusters/lab', tooMuch],
  [415, 'POST', '/clusters/lab', { body: claim, headers: { 'content-type': 'text/plain' } }],
  [200, 'GET', '/clusters'],
  [200, 'GET', '/clusters/lab'],
  [400, 'GET', '/clusters/a.b'],
  [404, 'GET', '/clusters/nobody'],
  [200, 'POST', '/clusters/lab/liveness', alive],
  [400, 'POST', '/clusters/lab/liveness', { body: {} }],
  [404, 'POST', '/clusters/nobody/liveness', alive],
  [412, 'POST', '/clusters/lab/liveness', { ...alive, headers: stale }],
  [413, 'POST', '/clusters/lab/liveness', tooMuch],
  [415, 'POST', '/clusters/lab/liveness', encoded],
  [200, 'POST', '/clusters/lab/manager', { body: claim }],
  [400, 'POST', '/clusters/lab/manager', { body: {} }],
  [404, 'POST', '/clusters/nobody/manager', { body: claim }],
  [412, 'POST', '/clusters/lab/manager', { body: claim, headers: stale }],
  [413, 'POST', '/clusters/lab/manager', tooMuch],
  [415, 'POST', '/clusters/lab/manager', encoded],
  [400, 'DELETE', '/clusters/lab', { headers: { 'if-match': 'x' } }],
  [404, 'DELETE', '/clusters/nobody'],
  [412, 'DELETE', '/clusters/lab', { headers: stale }],
  [413, 'DELETE', '/clusters/lab', tooMuch],
  [415, 'DELETE', '/clusters/lab', encoded],
  [204, 'DELETE', '/clusters/lab'],
  [400, 'GET', '/clusters/a.b/watch'],
  [200, 'GET', '/healthz'],
  [200, 'GET', '/readyz'],
  [200, 'GET', '/metrics'],
  [200, 'GET', '/openapi.json'],
  ...['/clusters', '/clusters/x', '/clusters/x/liveness', '/clusters/x/manager', '/clusters/x/watch', '/clusters/watch'].map(preflight),
  ...['/healthz', '/readyz', '/metrics', '/openapi.json'].map(preflight)
]

function preflight(path: string): [number, string, string] {
  return [204, 'OPTIONS', path]
}

/** One request for each call on rows, none of which depends on another. */
const onRows: [string, string, Sent?][] = [
  ['GET', '/clusters'],
  ['GET', '/clusters/lab'],
  ['POST', '/clusters/lab', { body: claim }],
  ['POST', '/clusters/lab/liveness', alive],
  ['POST', '/clusters/lab/manager', { body: claim }],
  ['DELETE', '/clusters/lab'],
  ['GET', '/clusters/lab/watch'],
  ['GET', '/clusters/watch']
]

/** What Node's parser refuses before there is a route; the answers themselves are tested with what is no HTTP. */
const unreadable = ['400', '408', '431']

let document: Document
const ajv = new Ajv2020({ strict: true, allErrors: true, formats: { int64: true } })
const seen = new Map<string, Set<string>>()

beforeAll(async () => {
  await using server = await createDiscoveryServer()
  const text = (await httpCall(server.url, 'GET', '/openapi.json')).text
  document = JSON.parse(text)
  for (const [id, schema] of Object.entries(document.components.schemas)) ajv.addSchema(absolute(schema), `schema:${id}`)
})

/** Sends it (a GET as HEAD, too), and holds each answer against the document. */
async function send(url: string, status: number, method: string, path: string, sent: Sent = {}): Promise<void> {
  const answer = await httpCall(url, method, path, sent)
  holdAgainst(answer, status, method, path)
  if (method !== 'GET') return
  const head = await httpCall(url, 'HEAD', path, sent)
  const opensNothing = status === 500 && path.endsWith('/watch')
  holdAgainst(head, opensNothing ? 200 : status, 'HEAD', path)
  if (!opensNothing) expect([head.text, head.headers.get('content-type')], `HEAD ${path}`).toEqual(['', answer.headers.get('content-type')])
}

function holdAgainst({ status, headers, text }: HttpAnswer, wanted: number, method: string, path: string): void {
  const route = path.replace(/^\/clusters\/(?!watch$)[^/]+/, '/clusters/{name}')
  const described = document.paths[route]?.[method.toLowerCase()]?.responses[status]
  expect([status, described], `${method} ${path}`).toEqual([wanted, expect.anything()])
  const operation = `${method} ${route}`
  seen.set(operation, (seen.get(operation) ?? new Set()).add(String(status)))
  for (const header of Object.keys(described!.headers ?? {})) expect(headers.has(header), `${header} of ${operation}`).toBe(true)
  const content = described!.content
  if (content === undefined) return expect(text).toBe('')
  const type = headers.get('content-type')!.split(';')[0]!
  const { schema } = content[type]!
  const valid = ajv.validate(absolute(schema), type === 'application/json' ? JSON.parse(text) : text)
  expect(valid, `${operation} ${status}: ${ajv.errorsText()}`).toBe(true)
}

/** References as the validator knows them. */
function absolute(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', 'schema:'))
}

async function eachOnRows(url: string, status: number): Promise<void> {
  for (const [method, path, sent] of onRows) await send(url, status, method, path, sent)
}

test('is an OpenAPI 3.1 document; its references lead somewhere, and its schemas are schemas', () => {
  expect(ajv.validate(openapiShape, document), ajv.errorsText()).toBe(true)
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, id]) => id!)
  expect(references.length).toBeGreaterThan(20)
  expect(references.filter((id) => !Object.hasOwn(document.components.schemas, id))).toEqual([])
  for (const schema of Object.values(document.components.schemas)) ajv.compile(absolute(schema))
})

test('every answer is in the document with its shape, and every answer of the document can be had', async () => {
  await answersAtWork()
  await answersInTrouble()
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, { responses }] of Object.entries(operations)) {
      const operation = `${method.toUpperCase()} ${path}`
      const opensNothing = operation.startsWith('HEAD') && path.endsWith('/watch') ? ['500'] : []
      const had = new Set([...(seen.get(operation) ?? []), ...unreadable, ...opensNothing])
      expect(Object.keys(responses).sort(), operation).toEqual([...had].sort())
    }
  }
})

async function answersAtWork(): Promise<void> {
  await using server = await createDiscoveryServer()
  for (const request of atWork) await send(server.url, ...request)
  for (const path of ['/clusters/watch', '/clusters/lab/watch']) {
    await using stream = await HttpEventStream.open(server.url, path)
    const { status, headers } = stream.response
    holdAgainst({ status, headers, text: '', json: undefined }, 200, 'GET', path)
    holdAgainst(await httpCall(server.url, 'HEAD', path), 200, 'HEAD', path)
    await expectEvents(stream, server.url, path)
  }
}

/** The text of an event stream is described in words; these are the schemas that the words stand for. */
async function expectEvents(stream: HttpEventStream, url: string, path: string): Promise<void> {
  await httpCall(url, 'POST', '/clusters/lab', { body: claim })
  for (const schema of [path === '/clusters/watch' ? 'ClusterSnapshot' : 'ClusterEvent', 'ClusterEvent']) {
    const item = await stream.next()
    const data = JSON.parse(stringifyJson((item as { data: Json }).data))
    expect(ajv.validate({ $ref: `schema:${schema}` }, data), `${path}: ${ajv.errorsText()}`).toBe(true)
  }
  await httpCall(url, 'DELETE', '/clusters/lab')
}

async function answersInTrouble(): Promise<void> {
  {
    await using limited = await createDiscoveryServer({ rateLimit: { requestsMax: 1, windowMs: 3_600_000 } })
    await httpCall(limited.url, 'GET', '/clusters')
    await eachOnRows(limited.url, 429)
  }
  const store = memoryStore()
  await using server = await createDiscoveryServer({ store })
  const { list, get, create, refresh, rotate, watch } = store
  const fail = () => Promise.reject(new Error('no disk'))
  Object.assign(store, { list: fail, get: fail, create: fail, refresh: fail, rotate: fail, delete: fail, watch: fail })
  await eachOnRows(server.url, 500)
  Object.assign(store, { list, get, create, refresh, rotate, watch })
  vi.spyOn(Registry.prototype, 'metrics').mockRejectedValue(new Error('no figures'))
  await send(server.url, 500, 'GET', '/metrics')
  vi.restoreAllMocks()
  await store.close()
  await eachOnRows(server.url, 503)
  await send(server.url, 503, 'GET', '/readyz')
}

test('what clients send is described', () => {
  const post = (path: string) => document.paths[path]!['post']!
  const accepts = (path: string, body: object) => ajv.validate(absolute(post(path).requestBody!.content['application/json']!.schema), body)
  for (const path of ['/clusters/{name}', '/clusters/{name}/manager']) {
    expect([accepts(path, claim), accepts(path, { ...claim, unknown: 1 })]).toEqual([true, true])
    expect(accepts(path, { manager_peer_id: peerId, manager_multiaddrs: [] })).toBe(true)
    expect(accepts(path, { manager_peer_id: peerId })).toBe(false)
    expect(accepts(path, { ...claim, instance: 'x'.repeat(65) })).toBe(false)
    expect([2_999, 3_000, 60_000, 60_001, 3_000.5].map((life) => accepts(path, { ...claim, row_life_ms: life }))).toEqual([
      false,
      true,
      true,
      false,
      false
    ])
  }
  const counts: [number, boolean][] = [
    [0, true],
    [4_294_967_295, true],
    [4_294_967_296, false],
    [1.5, false],
    [-1, false]
  ]
  for (const [count, right] of counts) expect(accepts('/clusters/{name}/liveness', { peer_count: count }), String(count)).toBe(right)
  const named = (path: string, method: string) =>
    (document.paths[path]![method]!.parameters ?? []).map((one) => `${one.in} ${one.name}`).sort()
  for (const [path, method] of [
    ['/clusters/{name}/liveness', 'post'],
    ['/clusters/{name}/manager', 'post'],
    ['/clusters/{name}', 'delete']
  ] as const) {
    expect(named(path, method)).toEqual(['header if-match', 'path name'])
  }
  expect(named('/clusters/{name}/watch', 'get')).toEqual(['path name', 'query refreshed'])
  expect(named('/clusters/watch', 'get')).toEqual(['query refreshed'])
})
