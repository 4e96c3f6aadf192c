/** What an OpenAPI 3.1 document must look like (specification 3.1.1, section 4.8), as far as ours uses it; nothing else may be in it. */
const text = { type: 'string', minLength: 1 }
const jsonSchema = { type: 'object' }
const mapOf = (values: object, pattern = '.') => ({ type: 'object', additionalProperties: false, patternProperties: { [pattern]: values } })
const object = (properties: Record<string, object>, required: string[]) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required
})

const content = mapOf(object({ schema: jsonSchema }, ['schema']), '^[a-z]+/[a-z-]+$')
const response = object({ description: text, headers: mapOf(object({ description: text, schema: jsonSchema }, ['schema'])), content }, [
  'description'
])
const parameter = {
  ...object({ name: text, in: { enum: ['query', 'header', 'path'] }, required: { type: 'boolean' }, schema: jsonSchema }, [
    'name',
    'in',
    'required',
    'schema'
  ]),
  if: { type: 'object', properties: { in: { const: 'path' } } },
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
  then: { type: 'object', properties: { required: { const: true } } }
}
const operation = object(
  {
    summary: text,
    parameters: { type: 'array', items: parameter, uniqueItems: true },
    requestBody: object({ required: { type: 'boolean' }, content }, ['content']),
    responses: { ...mapOf(response, '^[1-5][0-9]{2}$'), minProperties: 1 }
  },
  ['responses']
)

export const openapiShape = object(
  {
    openapi: { type: 'string', pattern: '^3\\.1\\.\\d+$' },
    info: object({ title: text, version: text, description: text }, ['title', 'version']),
    paths: mapOf(mapOf(operation, '^(get|head|post|delete|options)$'), '^/'),
    components: object({ schemas: mapOf(jsonSchema, '^[A-Za-z0-9._-]+$') }, ['schemas'])
  },
  ['openapi', 'info', 'paths']
)
