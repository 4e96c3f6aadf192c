import { expect, test } from 'vitest'
import { documentedLimits, limitViolations } from './rules/limits.ts'
import { read } from './rules/source.ts'

const page = read('docs/security.md')

test('docs/security.md has every limit, with the value it has in the code', async () => {
  const limits = documentedLimits(page)
  const paths = [...new Set(limits.map(({ path }) => path))]
  expect(paths).toEqual(expect.arrayContaining(['packages/network/src/protocols/limits.ts', 'packages/domain/src/core/settings.ts']))
  const files: Record<string, Record<string, unknown>> = {}
  for (const path of paths) files[path] = await import(new URL(`../../${path}`, import.meta.url).href)
  expect(limitViolations(limits, files)).toEqual([])
  expect(page.text).toContain(`\`maxMembers\` is ${(await maxMembers()).toLocaleString('en')}`)
})

async function maxMembers(): Promise<number> {
  const { presets } = await import('../../packages/domain/src/core/settings.ts')
  const [value, ...others] = new Set(Object.values(presets).map((preset) => preset.maxMembers))
  expect(others).toEqual([])
  return value!
}

const table = (...rows: string[]) => ({
  path: 'docs/a.md',
  text: ['## In messages', 'From [`a.ts`](a.ts).', '| what | limit | constant |', '|---|---|---|', ...rows].join('\n')
})

test('reads units, several limits of a row, and one for several constants', () => {
  const rows = [
    '| a / b | 1,024 B / 1.5 s a peer | `aBytesMax` / `bMs` |',
    '| c, d | 2 MiB each | `cBytesMax` `dBytesMax` |',
    '| e | 7 | `eMax` |'
  ]
  expect(documentedLimits(table(...rows)).map(({ path, name, value }) => [path, name, value])).toEqual([
    ['a.ts', 'aBytesMax', 1024],
    ['a.ts', 'bMs', 1500],
    ['a.ts', 'cBytesMax', 2_097_152],
    ['a.ts', 'dBytesMax', 2_097_152],
    ['a.ts', 'eMax', 7]
  ])
})

test.each([
  '| a | 5 s | `aMax` |',
  '| a | 5 | `aMs` |',
  '| a | 5 s | `aBytesMax` |',
  '| a | many | `aMax` |',
  '| a | 1 / 2 / 3 | `aMax` / `bMax` |'
])('catches a row that can be read in two ways: %s', (row) => expect(() => documentedLimits(table(row))).toThrow(Error))

test('catches limits that differ, are gone, are lacking or stand there twice', () => {
  const limits = documentedLimits(table('| a | 5 | `aMax` |', '| b | 6 | `bMax` |', '| b again | 7 | `bMax` |', '| c | 8 | `cMax` |'))
  expect(limitViolations(limits, { 'a.ts': { aMax: 4, bMax: 6, dMax: 1, notALimit: 2 } })).toEqual([
    'docs/security.md has aMax as 5; in a.ts it is 4',
    'docs/security.md has bMax as 7; in a.ts it is 6',
    'docs/security.md has cMax as 8; in a.ts it is undefined',
    'docs/security.md lacks dMax of a.ts',
    'docs/security.md has bMax of a.ts twice'
  ])
})
