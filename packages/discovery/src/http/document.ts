/** The OpenAPI document, made of the contract. */
import { z } from 'zod'
import { type Answer, contract } from './contract.ts'
import * as schemas from './schemas.ts'

type Route = (typeof contract)[keyof typeof contract] & {
  readonly schema: Partial<Record<'params' | 'querystring' | 'headers' | 'body', z.ZodObject>>
}

const named = {
  Claim: schemas.claim,
  Liveness: schemas.liveness,
  ClusterRow: schemas.row,
  ClusterList: schemas.rows,
  ClusterEvent: schemas.rowEvent,
  ClusterSnapshot: schemas.rowsEvent,
  Refusal: schemas.refusal,
  Conflict: schemas.conflict,
  Status: schemas.status,
  OpenApi: schemas.openapi
}
const components = z.registry<{ id: string }>()
for (const [id, schema] of Object.entries(named)) components.add(schema, { id })

const options: z.core.RegistryToJSONSchemaParams = {
  io: 'input',
  unrepresentable: 'any',
  uri: refTo,
  override: ({ zodSchema, jsonSchema }) => {
    if (zodSchema._zod.def.type === 'bigint') Object.assign(jsonSchema, { type: 'integer', format: 'int64' })
  }
}

/** An OpenAPI 3.1 document of the whole service, as JSON. */
export function openapiDocument(): z.output<typeof schemas.openapi> {
  const paths: Record<string, Record<string, object>> = {}
  const { preflight, ...routes } = contract
  for (const route of Object.values(routes) as Route[]) {
    const path = route.url.replace(':name', '{name}')
    const head = route.method === 'GET' ? { head: { ...operation(route), responses: responses(route.answers, false) } } : {}
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route), ...head, options: operation(preflight) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Auki Discovery',
      version: '2',
      description:
        'Where clusters of peers meet. Every answer carries Auki-Discovery-Version: 2. 64-bit integers are JSON integers; in requests an integer may be written in any way JSON has for it, such as 1000, 1000.0 or 1e3. Unknown keys are ignored.'
    },
    paths,
    components: { schemas: componentSchemas() }
  }
}

function operation({ summary, schema: { params, querystring, headers, body }, answers }: Route): object {
  const parameters = [...parametersIn('path', params), ...parametersIn('query', querystring), ...parametersIn('header', headers)]
  return {
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: reference(body) } } } }),
    responses: responses(answers, true)
  }
}

function parametersIn(place: 'path' | 'query' | 'header', schema: z.ZodObject | undefined): object[] {
  const { properties = {}, required = [] } = schema === undefined ? {} : plain(z.toJSONSchema(schema, options as z.core.ToJSONSchemaParams))
  return Object.entries(properties).map(([name, property]) => ({ name, in: place, required: required.includes(name), schema: property }))
}

function responses(answers: Readonly<Record<number, Answer>>, withContent: boolean): object {
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer, withContent)]))
}

function response({ description, schema, type = 'application/json', headers = {} }: Answer, withContent: boolean): object {
  const described = Object.entries(headers).map(([name, meaning]) => [name, { description: meaning, schema: { type: 'string' } }])
  const content = schema !== undefined ? reference(schema) : type === 'application/json' ? undefined : { type: 'string' }
  return {
    description,
    ...(described.length > 0 && { headers: Object.fromEntries(described) }),
    ...(withContent && content && { content: { [type]: { schema: content } } })
  }
}

function componentSchemas(): object {
  const all = z.toJSONSchema(components, options).schemas
  return Object.fromEntries(Object.entries(all).map(([id, schema]) => [id, plain(schema)]))
}

/** Inside the document a schema needs neither a name nor a dialect of its own. */
function plain({ $schema, $id, ...schema }: z.core.JSONSchema.BaseSchema): z.core.JSONSchema.BaseSchema {
  return schema
}

function reference(schema: z.ZodType): object {
  return { $ref: refTo(components.get(schema)!.id) }
}

function refTo(id: string): string {
  return `#/components/schemas/${id}`
}
