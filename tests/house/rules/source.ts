/**
 * What the house rules look at: the files of the repository as text, and TypeScript as a syntax tree.
 *
 * A rule is a pure function of such files that returns one line per violation, so a test can feed it planted ones.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { parseAst } from 'vitest/node'

export interface SourceFile {
  /** Relative to the repository, with `/`. */
  readonly path: string
  readonly text: string
}

/** A node of the ESTree that Vite's parser gives for TypeScript; only the fields that some rule reads. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly name?: string
  readonly value?: unknown
  readonly importKind?: string
  readonly exportKind?: string
  readonly computed?: boolean
  readonly await?: boolean
  readonly async?: boolean
  readonly specifiers?: readonly Node[]
  readonly arguments?: readonly Node[]
  readonly params?: readonly Node[]
  readonly elements?: readonly Node[]
  readonly types?: readonly Node[]
  readonly declarations?: readonly Node[]
  readonly source?: Node
  readonly callee?: Node
  readonly object?: Node
  readonly property?: Node
  readonly body?: Node
  readonly id?: Node
  readonly init?: Node
  readonly local?: Node
  readonly imported?: Node
  readonly literal?: Node
  readonly expression?: Node
  readonly typeAnnotation?: Node
  readonly typeName?: Node
  readonly objectType?: Node
  readonly exprName?: Node
  readonly kind?: string
  readonly operator?: string
  readonly test?: Node
  readonly consequent?: Node
  readonly left?: Node
  readonly right?: Node
  readonly superClass?: Node
  readonly superTypeArguments?: Node
}

const root = new URL('../../../', import.meta.url)
const ignored = new Set(['node_modules', 'dist', 'coverage', '.git'])

/** Every text file of the repository whose name ends in one of `endings`, in order of path. */
export function repositoryFiles(...endings: string[]): SourceFile[] {
  const files: SourceFile[] = []
  const walk = (directory: string): void => {
    for (const entry of readdirSync(new URL(directory, root), { withFileTypes: true })) {
      const path = `${directory}${entry.name}`
      if (entry.isDirectory() && !ignored.has(entry.name)) walk(`${path}/`)
      else if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending))) files.push(read(path))
    }
  }
  walk('')
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** One file of the repository. */
export function read(path: string): SourceFile {
  return { path, text: readFileSync(new URL(path, root), 'utf8') }
}

/** A test, or what only tests use: neither is published. */
export const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.includes('/src/testing/')
export const isGenerated = (path: string): boolean => path.includes('/gen/')

const trees = new WeakMap<SourceFile, Node>()

/** The syntax tree of a TypeScript or JavaScript file. @throws SyntaxError */
export function parse(file: SourceFile): Node {
  const known = trees.get(file)
  if (known !== undefined) return known
  const tree = parseAst(file.text, { lang: file.path.endsWith('.js') ? 'js' : 'ts', sourceType: 'module' }) as unknown as Node
  trees.set(file, tree)
  return tree
}

/** Calls `visit` with every node below and including `node`, and its parents, nearest last. */
export function walk(node: Node, visit: (node: Node, parents: readonly Node[]) => void, parents: Node[] = []): void {
  visit(node, parents)
  parents.push(node)
  for (const child of Object.values(node)) {
    for (const candidate of Array.isArray(child) ? child : [child]) {
      if (isNode(candidate)) walk(candidate, visit, parents)
    }
  }
  parents.pop()
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

/** 1-based. */
export function lineOf(file: SourceFile, offset: number): number {
  return file.text.slice(0, offset).split('\n').length
}

export function lineCount(text: string): number {
  return text.replace(/\n$/, '').split('\n').length
}

/** How a violation is reported: `path:line what`. */
export function at(file: SourceFile, offset: number, what: string): string {
  return `${file.path}:${lineOf(file, offset)} ${what}`
}

export interface Import {
  readonly specifier: string
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean
  /** The names asked for; empty for `export *`, `import * as` and side effects. */
  readonly values: readonly string[]
  readonly start: number
}

/** What a file imports or re-exports, static, dynamic or in a type. */
export function importsOf(file: SourceFile): Import[] {
  const imports: Import[] = []
  walk(parse(file), (node) => {
    const specifier = node.source?.value
    if (typeof specifier !== 'string') return
    const kind = node.type.startsWith('Export') ? node.exportKind : node.importKind
    const values = (node.specifiers ?? []).filter((s) => s.importKind !== 'type' && s.exportKind !== 'type')
    imports.push({
      specifier,
      typeOnly: node.type === 'TSImportType' || kind === 'type',
      values: values.map((s) => s.imported?.name ?? s.local?.name ?? '*'),
      start: node.start
    })
  })
  return imports
}

/** Where a relative specifier leads: the path of a file, if it stays in the repository. */
export function resolve(from: string, specifier: string): string {
  return decodeURI(new URL(specifier, `file:///${from}`).pathname.slice(1))
}
