/**
 * `npm run statements`: how much product there is, by package: statements without comments, tests, generated code and types, however they are laid out.
 *
 * Counted are statements but for blocks and empty ones, the members of classes, and arrow functions that are one expression, which is a return.
 * Imports and what only re-exports say where things are, not what happens, and are left out.
 */
import { textTable } from '../packages/cli/src/table.ts'
import { isGenerated, isTest, lineCount, type Node, parse, repositoryFiles, type SourceFile, walk } from '../tests/house/rules/source.ts'

/** Is there for tests only, though they are not in it. */
const notProduct = 'packages/testkit/'
const members = new Set(['MethodDefinition', 'PropertyDefinition', 'StaticBlock'])
const values = new Set(['VariableDeclaration', 'FunctionDeclaration', 'ClassDeclaration'])

function counts(node: Node): boolean {
  if (node.type === 'ArrowFunctionExpression') return node.body?.type !== 'BlockStatement'
  if (node.type.endsWith('Statement')) return node.type !== 'BlockStatement' && node.type !== 'EmptyStatement'
  return members.has(node.type) || values.has(node.type)
}

function statementsOf(file: SourceFile): number {
  let count = 0
  walk(parse(file), (node) => {
    if (counts(node)) count += 1
  })
  return count
}

const packages = new Map<string, { files: number; lines: number; statements: number }>()
for (const file of repositoryFiles('.ts')) {
  const [, name, rest] = /^packages\/([^/]+)\/src\/(.*)/.exec(file.path) ?? []
  if (name === undefined || file.path.startsWith(notProduct) || isTest(file.path) || isGenerated(file.path)) continue
  for (const part of rest!.startsWith('core/') ? [name, `${name}: its core`] : [name]) {
    const so = packages.get(part) ?? { files: 0, lines: 0, statements: 0 }
    packages.set(part, { files: so.files + 1, lines: so.lines + lineCount(file.text), statements: so.statements + statementsOf(file) })
  }
}
const all = [...packages].filter(([name]) => !name.includes(':')).map(([, counted]) => counted)
const sum = (of: 'files' | 'lines' | 'statements'): number => all.reduce((total, counted) => total + counted[of], 0)
const rows = [...packages, ['all', { files: sum('files'), lines: sum('lines'), statements: sum('statements') }] as const]
console.log(
  textTable(
    ['package', 'files', 'lines', 'statements'],
    rows.map(([name, { files, lines, statements }]) => [name, ...[files, lines, statements].map(String)])
  )
)
