/** The machines, which are the core and the one for clocks, decide and nothing else: no clock, timer, chance, wait, output or import through which one could come in. */
import { at, importsOf, isTest, type Node, parse, resolve, type SourceFile, walk } from './source.ts'

const machines = ['packages/domain/src/core/', 'packages/domain/src/clock-core/']

const isOfMachine = (path: string): boolean => machines.some((folder) => path.startsWith(folder))

const banned = new Set([
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'crypto',
  'console',
  'process',
  'Promise',
  'fetch',
  'globalThis',
  'require'
])

/** What a machine may call of `@auki/canonical`: functions of their arguments alone. */
const pureValues = new Set(['assertNever'])

/** Violations by the files of the machines; other files are none of its business. */
export function purityViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => isOfMachine(file.path) && !isTest(file.path))
    .flatMap((file) => [...impureNames(file), ...impureImports(file)])
}

function impureNames(file: SourceFile): string[] {
  const violations: string[] = []
  walk(parse(file), (node, parents) => {
    const what = impurity(node, parents.at(-1))
    if (what !== undefined) violations.push(at(file, node.start, `a machine must not use ${what}`))
  })
  return violations
}

function impurity(node: Node, parent: Node | undefined): string | undefined {
  if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await)) return 'await'
  if (node.async) return 'async'
  if (node.type === 'ImportExpression') return 'import()'
  if (node.type === 'MemberExpression' && node.object?.name === 'Math' && node.property?.name === 'random') return 'Math.random'
  if (node.type !== 'Identifier' || node.name === undefined || !banned.has(node.name) || isOnlyAName(node, parent)) return undefined
  return node.name
}

/** True for `state.process`, `{ process: 1 }` and `process: string` in a type: a field may be called anything. */
function isOnlyAName(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined || parent.computed) return false
  if (parent.type === 'MemberExpression') return parent.property === node
  return ['Property', 'PropertyDefinition', 'MethodDefinition', 'TSPropertySignature', 'TSMethodSignature'].includes(parent.type)
    ? parent.value !== node && (parent as { key?: Node }).key === node
    : false
}

function impureImports(file: SourceFile): string[] {
  return importsOf(file).flatMap(({ specifier, typeOnly, values, start }) => {
    const allowed = specifier.startsWith('.')
      ? isOfMachine(resolve(file.path, specifier))
      : specifier.startsWith('@auki/') &&
        (typeOnly || (specifier === '@auki/canonical' && values.length > 0 && values.every((name) => pureValues.has(name))))
    return allowed
      ? []
      : [at(file, start, `a machine must not import ${specifier}${specifier.startsWith('@auki/') ? ' except for types' : ''}`)]
  })
}
