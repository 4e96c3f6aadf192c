/** Shapes that recur: where a number is declared, how a constructor is called, what a file is named, where an error becomes text, how a package opens. */
import { at, isGenerated, isTest, type Node, parse, type SourceFile, walk } from './source.ts'

export const constructorParametersMax = 3

/** The published code of the packages and the testkit. */
export const productOf = (files: readonly SourceFile[]): SourceFile[] =>
  files.filter(({ path }) => /^packages\/[^/]+\/src\//.test(path) && !isTest(path) && !isGenerated(path))

const packageOf = (path: string): string => path.split('/')[1]!

/** Files of one name in one package; each package has an `index.ts` for each way in. */
export function sameNames(files: readonly SourceFile[]): string[] {
  const first = new Map<string, string>()
  return productOf(files).flatMap(({ path }) => {
    const name = path.split('/').at(-1)!
    if (name === 'index.ts') return []
    const key = `${packageOf(path)}/${name}`
    const other = first.get(key)
    if (other === undefined) first.set(key, path)
    return other === undefined ? [] : [`${path}:1 has the name of ${other}`]
  })
}

/** Every error of the SDK is made this way, also by apps that extend it: code, message, details, cause. */
const publicConstructor = 'packages/canonical/src/errors.ts'

/** Constructors with more parameters than a reader can tell apart where they are called. */
export function longConstructors(files: readonly SourceFile[]): string[] {
  return productOf(files).flatMap((file) => {
    if (file.path === publicConstructor) return []
    const violations: string[] = []
    walk(parse(file), (node) => {
      if (node.type !== 'MethodDefinition' || node.kind !== 'constructor') return
      const count = (node.value as Node).params!.length
      if (count > constructorParametersMax)
        violations.push(at(file, node.start, `a constructor with ${count} parameters; more than ${constructorParametersMax} are an object`))
    })
    return violations
  })
}

/** What an error says, worked out in other packages than the one that has a helper for that. */
export function errorTexts(files: readonly SourceFile[]): string[] {
  return productOf(files).flatMap((file) => {
    if (file.path.startsWith('packages/canonical/')) return []
    const violations: string[] = []
    walk(parse(file), ({ type, start, test, consequent }) => {
      if (type !== 'ConditionalExpression' || test?.type !== 'BinaryExpression') return
      const isError = test.operator === 'instanceof' && test.right?.name === 'Error'
      if (isError && consequent?.property?.name === 'message')
        violations.push(at(file, start, 'an error made text: there is a helper for that'))
    })
    return violations
  })
}

/** Packages whose `index.ts` does not open with a comment about the package. */
export function untoured(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => /^packages\/[^/]+\/src\/index\.ts$/.test(path))
    .filter(({ text }) => !text.startsWith('/**'))
    .map(({ path }) => `${path}:1 does not open with a comment that says what the package is for`)
}

/** Files that declare the numbers of a package or of one of its parts. */
const declared = /\/(?:[\w-]+-)?(settings|limits|durations)\.ts$/
const measured = /(Ms|Ns|Max)$/
/** What a type of integer can hold, and how long a unit is: nobody's choice. */
const given = /^([iu]\d+Max|(second|ms|micro)Ns)$/

/** Durations and caps declared elsewhere, and timers that are given a number as such. How long a part of a format is, is no cap. */
export function strayNumbers(files: readonly SourceFile[]): string[] {
  return productOf(files)
    .filter(({ path }) => !declared.test(path))
    .flatMap((file) => {
      const violations: string[] = []
      const add = (node: Node, what: string): number =>
        violations.push(at(file, node.start, `${what} belongs in the settings.ts or limits.ts of its package`))
      walk(parse(file), (node, parents) => {
        const name = node.id?.name ?? ''
        if (node.type === 'VariableDeclarator' && isTopLevel(parents) && measured.test(name) && !given.test(name) && isNumber(node.init))
          add(node, name)
        const timer = timerOf(node)
        if (timer !== undefined && isNumber(timer) && timer.value !== 0) add(timer, "a timer's number")
      })
      return violations
    })
}

const isTopLevel = (parents: readonly Node[]): boolean => {
  const outer = parents.at(-2)?.type
  return outer === 'Program' || outer === 'ExportNamedDeclaration'
}

/** A number, or one worked out of numbers. */
function isNumber(node: Node | undefined): boolean {
  if (node?.type === 'BinaryExpression') return isNumber(node.left) && isNumber(node.right)
  return node?.type === 'Literal' && ['number', 'bigint'].includes(typeof node.value)
}

function timerOf(node: Node): Node | undefined {
  if (node.type !== 'CallExpression') return undefined
  const name = node.callee?.name ?? node.callee?.property?.name
  if (name === 'setTimeout' || name === 'setInterval') return node.arguments?.[1]
  return name === 'timeout' && node.callee?.object?.name === 'AbortSignal' ? node.arguments?.[0] : undefined
}
