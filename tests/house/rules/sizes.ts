/** Budget the tail: a function fits a screen or two, a file a sitting. */
import { at, isGenerated, lineCount, lineOf, type Node, parse, type SourceFile, walk } from './source.ts'

export const functionLinesMax = 70
/** What is decided there is what matters most. */
export const coreFunctionLinesMax = 50
export const coreFileLinesMax = 200
export const fileLinesMax = 400
/** What a file aims at; longer ones are listed, not refused. */
export const fileLinesTarget = 250

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])
const suiteCalls = new Set(['describe', 'test', 'it', 'beforeEach', 'afterEach', 'beforeAll', 'afterAll'])

/** Functions longer than `max` lines. What is inside a `test(…)`, `describe(…)` or case of a suite counts for that call alone, not for what is around it. */
export function longFunctions(files: readonly SourceFile[], max = functionLinesMax): string[] {
  return files
    .filter((file) => !isGenerated(file.path))
    .flatMap((file) => {
      const violations: string[] = []
      walk(parse(file), (node) => {
        if (!functionTypes.has(node.type)) return
        const lines = linesOf(file, node) - linesOfSuites(file, node)
        if (lines > max) violations.push(at(file, node.start, `a function of ${lines} lines; at most ${max}`))
      })
      return violations
    })
}

const linesOf = (file: SourceFile, node: Node): number => lineOf(file, node.end) - lineOf(file, node.start) + 1

/** Lines of the outermost suite calls in a function. */
function linesOfSuites(file: SourceFile, inside: Node): number {
  let lines = 0
  let coveredTo = inside.start
  walk(inside, (node) => {
    if (node.type !== 'CallExpression' || node.start < coveredTo || !(isSuite(node.callee) || isCase(node))) return
    lines += linesOf(file, node)
    coveredTo = node.end
  })
  return lines
}

/** `test(…)`, `describe.each(table)(…)`, `runner.test(…)`. */
function isSuite(callee: Node | undefined): boolean {
  if (callee === undefined) return false
  const names = [callee.name, callee.object?.name, callee.property?.name]
  return names.some((name) => name !== undefined && suiteCalls.has(name)) || isSuite(callee.callee)
}

/** `each('shows first what is there', async () => …)`: a case of a compliance suite, known by its sentence. */
function isCase(node: Node): boolean {
  const [title, body] = [node.arguments?.[0]?.value, node.arguments?.at(-1)]
  return typeof title === 'string' && title.includes(' ') && body !== undefined && functionTypes.has(body.type)
}

/** Files longer than `max` lines. */
export function longFiles(files: readonly SourceFile[], max = fileLinesMax): string[] {
  return files
    .filter((file) => !isGenerated(file.path))
    .map((file) => ({ file, lines: lineCount(file.text) }))
    .filter(({ lines }) => lines > max)
    .map(({ file, lines }) => `${file.path}:${max} is ${lines} lines long; at most ${max}`)
}
