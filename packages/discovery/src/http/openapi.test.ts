/** The document is held against what the service really answers. */
import type { Json } from '@auki/canonical'
import { PeerIdentity } from '@auki/identity'
import { HttpEventStream, httpCall } from '@auki/testkit'
import { expect, test } from 'vitest'
import { createDiscoveryServer } from './server.ts'

type Schema = { readonly [key: string]: Json }
interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema: Schema }>; headers?: Record<string, Schema> }>
  readonly requestBody?: { content: Record<string, { schema: Schema }> }
  readonly parameters?: { name: string; in: string }[]
}
interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { schemas: Record<string, Schema> }
}

const peerId = PeerIdentity.fromSeed(new Uint8Array(32)).peerId
const claim = { manager_peer_id: peerId, manager_multiaddrs: ['/ip4/10.0.0.1/tcp/4001'], relay_multiaddrs: [], instance: 'i' }
const stale = { 'if-match': '"1"' }

/** One request for each answer that a client can bring about, in this order. */
const requests: [number, string, string, Parameters<typeof httpCall>[3]?][] = [
  [200, 'GET', '/clusters'],
  [201, 'POST', '/clusters/lab', { body: claim }],
  [409, 'POST', '/clusters/lab', { body: claim }],
  [400, 'POST', '/clusters/lab', { body: {} }],
  [413, 'POST', '/clusters/lab', { body: 'x'.repeat(70_000) }],
  [415, 'POST', '/clusters/lab', { body: claim, headers: { 'content-type': 'text/plain' } }],
  [200, 'GET', '/clusters'],
  [200, 'GET', '/clusters/lab'],
  [400, 'GET', '/clusters/a.b'],
  [404, 'GET', '/clusters/nobody'],
  [200, 'POST', '/clusters/lab/liveness', { body: { peer_count: 2 } }],
  [400, 'POST', '/clusters/lab/liveness', { body: {} }],
  [404, 'POST', '/clusters/nobody/liveness', { body: { peer_count: 2 } }],
  [412, 'POST', '/clusters/lab/liveness', { body: { peer_count: 2 }, headers: stale }],
  [413, 'POST', '/clusters/lab/liveness', { body: 'x'.repeat(70_000) }],
  [415, 'POST', '/clusters/lab/liveness', { body: '{}', headers: { 'content-type': 'a/b' } }],
  [200, 'POST', '/clusters/lab/manager', { body: claim }],
  [400, 'POST', '/clusters/lab/manager', { body: {} }],
  [404, 'POST', '/clusters/nobody/manager', { body: claim }],
  [412, 'POST', '/clusters/lab/manager', { body: claim, headers: stale }],
  [413, 'POST', '/clusters/lab/manager', { body: 'x'.repeat(70_000) }],
  [415, 'POST', '/clusters/lab/manager', { body: '{}', headers: { 'content-type': 'a/b' } }],
  [400, 'DELETE', '/clusters/lab', { headers: { 'if-match': 'x' } }],
  [404, 'DELETE', '/clusters/nobody'],
  [412, 'DELETE', '/clusters/lab', { headers: stale }],
  [413, 'DELETE', '/clusters/lab', { body: 'x'.repeat(70_000) }],
  [415, 'DELETE', '/clusters/lab', { body: 'x', headers: { 'content-type': ';' } }],
  [204, 'DELETE', '/clusters/lab'],
  [400, 'GET', '/clusters/a.b/watch'],
  [200, 'GET', '/healthz'],
  [200, 'GET', '/readyz'],
  [200, 'GET', '/metrics'],
  [200, 'GET', '/openapi.json']
]

test('the document knows every route, every answer to it, and the shape of each', async () => {
  await using server = await createDiscoveryServer()
  const document = (await httpCall(server.url, 'GET', '/openapi.json')).json as unknown as Document
  expect(document.openapi).toMatch(/^3\./)
  const seen = new Map<string, number[]>()
  for (const [status, method, path, sent] of requests) {
    const answer = await httpCall(server.url, method, path, sent)
    const route = templateOf(path)
    const operation = document.paths[route]![method.toLowerCase()]!
    const described = operation.responses[String(status)]
    expect([answer.status, described], `${method} ${path}`).toEqual([status, expect.anything()])
    seen.set(`${method} ${route}`, [...(seen.get(`${method} ${route}`) ?? []), status])
    for (const header of Object.keys(described!.headers ?? {})) expect(answer.headers.has(header)).toBe(true)
    if (status === 204) continue
    const type = answer.headers.get('content-type')!.split(';')[0]!
    const { schema } = described!.content![type]!
    expect(faults(type === 'text/plain' ? answer.text : answer.json, schema, document), `${method} ${path}`).toEqual([])
  }
  for (const [path, route] of [
    ['/clusters/watch', '/clusters/watch'],
    ['/clusters/lab/watch', '/clusters/{name}/watch']
  ] as const) {
    await using stream = await HttpEventStream.open(server.url, path)
    expect(Object.keys(document.paths[route]!['get']!.responses['200']!.content!)).toEqual([stream.response.headers.get('content-type')])
    seen.set(`GET ${route}`, [...(seen.get(`GET ${route}`) ?? []), 200])
  }
  expect(operationsOf(document)).toEqual([...seen.keys()].sort())
  for (const [operation, statuses] of seen) checkNoMoreIsPromised(document, operation, statuses)
})

test('the bodies, headers and parameters that clients send are described', async () => {
  await using server = await createDiscoveryServer()
  const document = (await httpCall(server.url, 'GET', '/openapi.json')).json as unknown as Document
  const post = (path: string) => document.paths[path]!['post']!
  for (const path of ['/clusters/{name}', '/clusters/{name}/manager']) {
    const { schema } = post(path).requestBody!.content['application/json']!
    expect(faults(claim, schema, document)).toEqual([])
    expect(faults({ manager_peer_id: peerId }, schema, document)).toEqual(['/manager_multiaddrs is missing'])
  }
  const liveness = post('/clusters/{name}/liveness').requestBody!.content['application/json']!.schema
  expect(faults({ peer_count: 4_294_967_295 }, liveness, document)).toEqual([])
  expect(faults({ peer_count: 4_294_967_296 }, liveness, document)).toEqual(['/peer_count is above 4294967295'])
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

/** Answers that no request of this test can bring about: limits and faults. */
const beyondReach = new Set(['429', '500', '503'])

function checkNoMoreIsPromised(document: Document, operation: string, statuses: number[]): void {
  const [method, path] = operation.split(' ') as [string, string]
  const promised = Object.keys(document.paths[path]![method.toLowerCase()]!.responses).filter((status) => !beyondReach.has(status))
  expect(promised.sort(), operation).toEqual(statuses.map(String).filter(unique).sort())
}

function unique<T>(item: T, index: number, items: T[]): boolean {
  return items.indexOf(item) === index
}

function templateOf(path: string): string {
  return path.replace(/^\/clusters\/[^/]+/, '/clusters/{name}')
}

function operationsOf(document: Document): string[] {
  return Object.entries(document.paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .sort()
}

/** What is wrong with a value by a schema; of JSON Schema only as much as the document uses. An object may have no keys but those described. */
function faults(value: Json | undefined, given: Schema, document: Document, where = ''): string[] {
  const schema = typeof given['$ref'] === 'string' ? document.components.schemas[given['$ref'].split('/').at(-1)!]! : given
  switch (schema['type']) {
    case 'object':
      return isObject(value) ? objectFaults(value, schema, document, where) : [`${where} is no object`]
    case 'array':
      if (!Array.isArray(value)) return [`${where} is no array`]
      return value.flatMap((item, index) => faults(item, schema['items'] as Schema, document, `${where}/${index}`))
    case 'integer':
      if (typeof value !== 'bigint' && !Number.isInteger(value)) return [`${where} is no integer`]
      return Number(value) > Number(schema['maximum'] ?? Number.POSITIVE_INFINITY) ? [`${where} is above ${schema['maximum']}`] : []
    case 'string': {
      const allowed = (schema['enum'] ?? [value]) as Json[]
      return typeof value === 'string' && allowed.includes(value)
        ? []
        : [`${where} is no string, or none of ${JSON.stringify(schema['enum'])}`]
    }
    default:
      return [`${where} has a schema of the type ${JSON.stringify(schema['type'])}`]
  }
}

function isObject(value: Json | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function objectFaults(value: Schema, schema: Schema, document: Document, where: string): string[] {
  const properties = (schema['properties'] ?? {}) as Record<string, Schema>
  const missing = ((schema['required'] ?? []) as string[])
    .filter((key) => !Object.hasOwn(value, key))
    .map((key) => `${where}/${key} is missing`)
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(properties, key) && schema['additionalProperties'] !== true)
  const known = Object.keys(value).filter((key) => Object.hasOwn(properties, key))
  return [
    ...missing,
    ...unknown.map((key) => `${where}/${key} is not described`),
    ...known.flatMap((key) => faults(value[key], properties[key]!, document, `${where}/${key}`))
  ]
}
