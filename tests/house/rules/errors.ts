/** The error catalogue: every class below `AukiError` with its closed set of codes, read from the sources and from docs/errors.md. */
import { importsOf, type Node, parse, resolve, type SourceFile, walk } from './source.ts'

export interface ErrorClass {
  readonly name: string
  readonly codes: readonly string[]
}

/** A type or constant by its name, and the file it stands in. */
interface Declared {
  readonly file: SourceFile
  readonly node: Node
}

/**
 * Every class that extends `AukiError`, directly or through another such class. Codes may be a union of literals, a named union,
 * `(typeof codes)[number]` of a constant array, `keyof typeof` of a constant object, or a type parameter that subclasses fill; here or imported by a relative path.
 *
 * @throws Error for codes written in any other way.
 */
export function errorClasses(files: readonly SourceFile[]): ErrorClass[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const classes = files.flatMap(classesIn)
  const open = new Set(['AukiError'])
  const closed = new Map<string, readonly string[]>()
  for (let before = -1; before < open.size + closed.size; ) {
    before = open.size + closed.size
    for (const { file, node } of classes) {
      const name = node.id?.name ?? ''
      const base = node.superClass?.name ?? ''
      if (open.has(name) || closed.has(name) || !(open.has(base) || closed.has(base))) continue
      const codes = node.superTypeArguments == null ? closed.get(base) : codesOf(file, node, byPath)
      if (codes === undefined && node.superTypeArguments == null) throw new Error(`${file.path}: ${name} does not say which codes it has`)
      if (codes === undefined) open.add(name)
      else closed.set(name, [...new Set(codes)].sort())
    }
  }
  return [...closed].map(([name, codes]) => ({ name, codes })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function classesIn(file: SourceFile): Declared[] {
  const classes: Declared[] = []
  if (!/\bextends\b/.test(file.text)) return classes
  walk(parse(file), (node) => {
    if (node.type.startsWith('Class') && node.superClass != null) classes.push({ file, node })
  })
  return classes
}

/** Classes of errors that do not write their own name out: a bundler would give them another. */
export function namelessErrors(files: readonly SourceFile[]): string[] {
  return files
    .flatMap(classesIn)
    .filter(({ node }) => node.superClass!.name?.endsWith('Error') === true && literalName(node) !== node.id?.name)
    .map(({ file, node }) => `${file.path}: ${node.id?.name ?? 'a class'} has no \`override readonly name = '${node.id?.name ?? '…'}'\``)
}

function literalName(node: Node): unknown {
  const { body } = node as unknown as { body: { body: readonly { type: string; key?: Node; value?: Node | null; static?: boolean }[] } }
  return body.body.find(({ type, key, static: onClass }) => type === 'PropertyDefinition' && onClass !== true && key?.name === 'name')
    ?.value?.value
}

/** Undefined for a class that leaves its codes to subclasses (`class CodecError<C extends string> extends AukiError<C>`). */
function codesOf(file: SourceFile, node: Node, byPath: ReadonlyMap<string, SourceFile>): string[] | undefined {
  const argument = node.superTypeArguments?.params?.[0]
  if (argument === undefined) return undefined
  const parameters =
    (node as unknown as { typeParameters?: { params: readonly { name: { name: string } }[] } }).typeParameters?.params ?? []
  if (parameters.some((parameter) => parameter.name.name === argument.typeName?.name)) return undefined
  return literals({ file, node: argument }, byPath, node.id?.name ?? '')
}

/** The string literals that a type or a constant array stands for. */
function literals({ file, node }: Declared, byPath: ReadonlyMap<string, SourceFile>, of: string): string[] {
  const inside = (inner: Node): string[] => literals({ file, node: inner }, byPath, of)
  const named = (name: string): string[] => {
    const declared = declaration(file, name, byPath)
    if (declared === undefined) throw new Error(`${file.path}: the codes of ${of} name ${name}, which is declared nowhere near`)
    return literals(declared, byPath, of)
  }
  if (node.type === 'Literal' && typeof node.value === 'string') return [node.value]
  if (node.type === 'TSLiteralType') return inside(node.literal!)
  if (node.type === 'TSUnionType') return node.types!.flatMap(inside)
  if (node.type === 'ArrayExpression') return node.elements!.flatMap(inside)
  if (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression') return inside(node.expression!)
  if (node.type === 'SpreadElement') return named((node as unknown as { argument: Node }).argument.name!)
  if (node.type === 'TSParenthesizedType') return inside(node.typeAnnotation!)
  if (node.type === 'ObjectExpression') return (node as unknown as { properties: { key: Node }[] }).properties.map(({ key }) => keyOf(key))
  if (node.type === 'TSTypeOperator' && node.typeAnnotation?.exprName?.name !== undefined) return named(node.typeAnnotation.exprName.name)
  if (node.type === 'TSIndexedAccessType' && node.objectType?.exprName?.name !== undefined) return named(node.objectType.exprName.name)
  if (node.type === 'TSTypeReference' && node.typeName?.name !== undefined) return named(node.typeName.name)
  throw new Error(`${file.path}: the codes of ${of} are written in a way this test can't read (${node.type})`)
}

const keyOf = (key: Node): string => key.name ?? String(key.value)

/** A type alias or constant of this file, or of the file it is imported from. */
function declaration(file: SourceFile, name: string, byPath: ReadonlyMap<string, SourceFile>): Declared | undefined {
  let found: Node | undefined
  walk(parse(file), (node) => {
    if (node.id?.name !== name) return
    if (node.type === 'TSTypeAliasDeclaration') found = node.typeAnnotation
    if (node.type === 'VariableDeclarator') found = node.init
  })
  if (found !== undefined) return { file, node: found }
  const specifier = importsOf(file).find((one) => one.specifier.startsWith('.') && importedNames(file, one.start).includes(name))?.specifier
  const from = specifier === undefined ? undefined : byPath.get(resolve(file.path, specifier))
  return from === undefined ? undefined : declaration(from, name, byPath)
}

function importedNames(file: SourceFile, start: number): string[] {
  return (
    /\{([^}]*)\}/
      .exec(file.text.slice(start))?.[1]
      ?.split(',')
      .map((part) => part.replace(/^\s*type\s/, '').trim()) ?? []
  )
}

/** The catalogue as the page has it: a heading `` ### `Class` ``, then a table whose rows begin with `` | `code` | ``. */
export function documentedErrors(page: SourceFile): ErrorClass[] {
  return page.text
    .split(/^### /m)
    .slice(1)
    .map((section) => ({
      name: /^`(\w+)`/.exec(section)?.[1] ?? '',
      codes: [...section.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, code]) => code!).sort()
    }))
    .filter(({ name }) => name !== '')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What the code has and the page has not, and the other way round. */
export function catalogueViolations(code: readonly ErrorClass[], page: readonly ErrorClass[]): string[] {
  const keys = (classes: readonly ErrorClass[]): string[] =>
    classes.flatMap(({ name, codes }) => [name, ...codes.map((code) => `${name} '${code}'`)])
  const inCode = keys(code)
  const onPage = keys(page)
  const twice = onPage.filter((key, index) => onPage.indexOf(key) !== index)
  return [
    ...inCode.filter((key) => !onPage.includes(key)).map((key) => `docs/errors.md lacks ${key}`),
    ...onPage.filter((key) => !inCode.includes(key)).map((key) => `docs/errors.md has ${key}, which the code has not`),
    ...twice.map((key) => `docs/errors.md has ${key} twice`)
  ]
}
