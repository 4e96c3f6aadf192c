/** What we put on the wire beyond the reference: numbered fields of the protobuf messages, keys of the JSON ones, and docs/wire-extensions.md, which lists both. */
import { type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { type Node, parse, type SourceFile, walk } from './source.ts'

/** Fields of the reference are numbered below. */
const firstOwnNumber = 1_000

/** A JSON object by the functions that write it, and the keys that reference peers know; all others are ours. */
export interface JsonMessage {
  readonly where: string
  readonly path: string
  readonly writers: readonly string[]
  readonly reference: string
}

/** One line for each extension: `StreamRequest 1000 keep uint32`. */
export function protobufExtensions(messages: readonly DescMessage[]): string[] {
  return messages
    .flatMap((message) => [message, ...message.nestedMessages])
    .flatMap((message) =>
      message.fields
        .filter(({ number }) => number >= firstOwnNumber)
        .map(({ number, name, scalar, fieldKind }) => {
          const type = scalar === undefined ? fieldKind : ScalarType[scalar].toLowerCase()
          return `${message.name} ${number} ${name} ${type}`
        })
    )
}

/** One line for each extension: `heartbeat membership`. @throws Error where a writer is gone, or a key of the reference is not written. */
export function jsonExtensions(messages: readonly JsonMessage[], files: readonly SourceFile[]): string[] {
  return messages.flatMap(({ where, path, writers, reference }) => {
    const file = files.find((one) => one.path === path)
    if (file === undefined) throw new Error(`${path} is gone: say in which file ${where} is written`)
    const written = new Set(writers.flatMap((name) => keysWrittenBy(file, name)))
    const known = reference.split(' ')
    const missing = known.filter((key) => !written.has(key))
    if (missing.length > 0) throw new Error(`${path} does not write ${missing.join(', ')} of ${where}`)
    return [...written].filter((key) => !known.includes(key)).map((key) => `${where} ${key}`)
  })
}

/** Keys of the object that a function writes, those of objects inside it left out. */
function keysWrittenBy(file: SourceFile, name: string): string[] {
  const keys: string[] = []
  let found = false
  walk(parse(file), (node, parents) => {
    const writer = parents.find((parent) => parent.type === 'FunctionDeclaration' && parent.id?.name === name)
    if (writer === undefined) return
    found = true
    const inside = parents.slice(parents.indexOf(writer) + 1)
    if (inside.some((parent) => parent.type === 'ObjectPattern' || keyOf(parent) !== undefined)) return
    const key = node.type === 'ObjectPattern' ? undefined : keyOf(node)
    if (key !== undefined) keys.push(key)
  })
  if (!found) throw new Error(`${file.path} has no function ${name}: say which one writes`)
  return keys
}

/** Of `key: …` and of `json['key'] = …`. */
function keyOf(node: Node): string | undefined {
  const { key, left } = node as Node & { key?: Node; left?: Node }
  if (node.type === 'Property') return key?.name ?? String(key?.value)
  if (node.type !== 'AssignmentExpression' || left?.computed !== true) return undefined
  return typeof left.property?.value === 'string' ? left.property.value : undefined
}

/** The lines of the page's tables, in the same spelling. */
export function documentedExtensions(page: SourceFile): string[] {
  return [...page.text.matchAll(/^\| ([^|`]+) \| (?:(\d+) \| )?`(\w+)` \| ([^|]+) \| [^|]+ \|$/gm)].map(([, where, number, name, type]) =>
    number === undefined ? `${where} ${name}` : `${where} ${number} ${name} ${type!.split(/[ ,;]/)[0]}`
  )
}

/** What the code has and the page has not, and the other way round. */
export function extensionViolations(code: readonly string[], page: readonly string[]): string[] {
  return [
    ...code.filter((line) => !page.includes(line)).map((line) => `docs/wire-extensions.md lacks "${line}": give it a row`),
    ...page.filter((line) => !code.includes(line)).map((line) => `docs/wire-extensions.md has "${line}", which the code has not`),
    ...page.filter((line, index) => page.indexOf(line) !== index).map((line) => `docs/wire-extensions.md has "${line}" twice`)
  ]
}
