/** A test always runs, and waits for what it means to see, never for a while. */
import { at, importsOf, isTest, type Node, parse, type SourceFile, walk } from './source.ts'

const runners = new Set(['test', 'it', 'describe', 'suite', 'ctx', 'context'])
const notRun = new Set(['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails'])
const aliases = new Set(['xit', 'xtest', 'xdescribe', 'fit', 'fdescribe', 'skip'])

/** Tests that are left out, and fixed sleeps, in test files and in what only tests use. */
export function testHabitViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => isTest(path) || path.startsWith('tests/') || path.startsWith('packages/testkit/'))
    .flatMap((file) => {
      const violations: string[] = []
      const add = (node: Node, what: string): number => violations.push(at(file, node.start, what))
      walk(parse(file), (node) => {
        const left = leftOut(node)
        if (left !== undefined) add(node, `${left}: a test always runs`)
        if (isSleep(node)) add(node, 'a fixed sleep: await the event, or advance the clock')
      })
      for (const { specifier, start } of importsOf(file)) {
        if (/^(node:)?timers\/promises$/.test(specifier)) violations.push(at(file, start, `${specifier} is there to sleep`))
      }
      return violations
    })
}

function leftOut(node: Node): string | undefined {
  if (node.type === 'CallExpression' && node.callee?.name !== undefined && aliases.has(node.callee.name)) return node.callee.name
  if (node.type !== 'MemberExpression' || node.property?.name === undefined || !notRun.has(node.property.name)) return undefined
  const runner = rootName(node.object)
  return runner !== undefined && runners.has(runner) ? `${runner}.${node.property.name}` : undefined
}

function rootName(node: Node | undefined): string | undefined {
  return node?.type === 'MemberExpression' ? rootName(node.object) : node?.name
}

/** `new Promise((resolve) => setTimeout(resolve, 50))`, with or without an arrow around `resolve`. */
function isSleep(node: Node): boolean {
  const executor = node.arguments?.[0]
  const resolveName = executor?.params?.[0]?.name
  if (node.type !== 'NewExpression' || node.callee?.name !== 'Promise' || executor === undefined || resolveName === undefined) return false
  let sleeps = false
  walk(executor, (inner) => {
    if (inner.type !== 'CallExpression' || (inner.callee?.name ?? inner.callee?.property?.name) !== 'setTimeout') return
    const callback = inner.arguments?.[0]
    const called = callback?.body?.type === 'CallExpression' ? callback.body : undefined
    if (callback?.name === resolveName || (called?.callee?.name === resolveName && called?.arguments?.length === 0)) sleeps = true
  })
  return sleeps
}
