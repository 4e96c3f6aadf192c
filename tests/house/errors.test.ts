import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { catalogueViolations, documentedErrors, errorClasses, namelessErrors } from './rules/errors.ts'
import { isGenerated, isTest, read, repositoryFiles } from './rules/source.ts'

const sources = repositoryFiles('.ts').filter(
  ({ path }) => /^packages\/[^/]+\/src\//.test(path) && !path.startsWith('packages/testkit/') && !isTest(path) && !isGenerated(path)
)

test('docs/errors.md has every error class and code, and no other', () => {
  expect(catalogueViolations(errorClasses(sources), documentedErrors(read('docs/errors.md')))).toEqual([])
})

test('every class of errors writes its own name out', () => {
  expect(namelessErrors(sources)).toEqual([])
})

test('a minifying bundler leaves errors their names', async () => {
  const files = sources.filter(({ path, text }) => /(?:errors|refusal)\.ts$/.test(path) && text.includes('extends AukiError'))
  const contents = files.map(({ path }) => `export * from './${path}'`).join('\n')
  const stdin = { contents, resolveDir: process.cwd(), loader: 'ts' } as const
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@auki/source']
  })
  const bundled: Record<string, unknown> = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`)
  const names = Object.entries(bundled).flatMap(([name, value]) =>
    /^[A-Z].*(Error|Refusal|Unavailable)$/.test(name)
      ? [[name, new (value as new (code: string, message: string) => Error)('x', 'y').name]]
      : []
  )
  expect(names.length).toBeGreaterThan(25)
  expect(names.filter(([exported, name]) => exported !== name)).toEqual([])
})

test.each([
  "class A extends AukiError<'x'> {}",
  "class A extends AukiError<'x'> { override readonly name = 'B' }",
  'class A extends TypeError { constructor() { super(); this.name = new.target.name } }',
  "class A extends Error { static name = 'A' }"
])('catches a class without its name: %s', (text) => {
  expect(namelessErrors([{ path: 'a/a.ts', text }])).toEqual(["a/a.ts: A has no `override readonly name = 'A'`"])
})

test('every row of docs/errors.md says what happened and what to do', () => {
  const rows = read('docs/errors.md').text.match(/^\| `.*$/gm) ?? []
  expect(rows.filter((row) => !/^\| `[a-z0-9-]+` \| [^|]{10,} \| [^|]{10,} \|$/.test(row))).toEqual([])
})

describe('reading the code', () => {
  const classes = (text: string, other = '') =>
    errorClasses([
      { path: 'a/a.ts', text },
      { path: 'a/other.ts', text: other }
    ])

  test.each([
    ['a union', "class A extends AukiError<'x' | 'y'> {}"],
    ['a named union', "type Code = 'y' | 'x'\nexport class A extends AukiError<Code> {}"],
    ['a union of unions', "type Some = 'y'\ntype Code = Some | 'x'\nclass A extends AukiError<Code> {}"],
    ['a constant array', "const codes = ['x', 'y'] as const\nclass A extends AukiError<(typeof codes)[number]> {}"],
    ['the keys of a constant object', "const of = { x: 1, 'y': 2 } as const\nclass A extends AukiError<keyof typeof of> {}"],
    ['a generic base', "class Base<C extends string> extends AukiError<C> {}\nclass A extends Base<'x' | 'y'> {}"],
    ['an expression', "const A = class A extends AukiError<'x' | 'y'> {}"]
  ])('understands %s', (_, text) => {
    expect(classes(text)).toEqual([{ name: 'A', codes: ['x', 'y'] }])
  })

  test('understands codes of another file, and a subclass with the same codes', () => {
    const text = "import { type Code } from './other.ts'\nclass B extends A {}\nclass A extends AukiError<Code> {}"
    expect(classes(text, "export type Code = 'x'")).toEqual([
      { name: 'A', codes: ['x'] },
      { name: 'B', codes: ['x'] }
    ])
  })

  test.each([
    'class A extends AukiError {}',
    'class A extends AukiError<string> {}',
    "import type { C } from 'far'\nclass A extends AukiError<C> {}"
  ])('refuses %j, whose codes it cannot know', (text) => {
    expect(() => classes(text)).toThrow('A')
  })
})

test('catches what only one side has, and what the page has twice', () => {
  const page = documentedErrors({
    path: 'docs/errors.md',
    text: '# Errors\n### `A`\n| code | what |\n|---|---|\n| `x` | … |\n| `old` | … |\n### `Gone`\n| `z` | … |\n| `z` | … |\n'
  })
  expect(catalogueViolations([{ name: 'A', codes: ['new', 'x'] }], page)).toEqual([
    "docs/errors.md lacks A 'new'",
    "docs/errors.md has A 'old', which the code has not",
    'docs/errors.md has Gone, which the code has not',
    "docs/errors.md has Gone 'z', which the code has not",
    "docs/errors.md has Gone 'z', which the code has not",
    "docs/errors.md has Gone 'z' twice"
  ])
})
