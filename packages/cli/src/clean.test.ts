import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { clean, cleanJson, cleanLines, wrappedTo } from './clean.ts'
import { lineCharsMax } from './settings.ts'

test('what steers a terminal is spelled out, on one line', () => {
  expect(clean('a\u001b[2Jb\r\nc\td\u009bm\u007f')).toBe('a\\u001b[2Jb c\\u0009d\\u009bm\\u007f')
  expect(clean('a\u202eb\u2028c\u{e0041}\ud800')).toBe('a\\u202eb\\u2028c\\u{e0041}\\ud800')
  expect(clean('\u3164\u034f\u115f')).toBe('\\u3164\\u034f\\u115f')
})

test.each(['Größe → 5', '名前', 'שלום', '❤️', '👩‍💻 and 👍🏽', 'e\u0301'])('%s stays as it is', (text) => {
  expect(clean(text)).toBe(text)
})

test('a joiner that joins no pictures is not invisible', () => {
  expect(clean('ro\u200dbot')).toBe('ro\\u200dbot')
  expect(clean('\u200d')).toBe('\\u200d')
})

test('a heap of marks does not reach over other lines', () => {
  expect(clean(`a${'\u0301'.repeat(500)}b`)).toBe(`a${'\u0301'.repeat(4)}…b`)
})

test('of a very long text the beginning and the end are left, and it says how much is not', () => {
  const line = clean(`begin${'\x1b'.repeat(2_000_000)}end`)
  expect(line.length).toBeLessThan(7 * lineCharsMax)
  expect(line).toMatch(/^begin(\\u001b)+…\(1991816 more\)…(\\u001b)+end$/)
  expect(clean(' '.repeat(5_000_000))).toBe(clean(' '.repeat(5_000_000)))
})

test('what is wider than a terminal is broken between words, and goes on under the text it belongs to', () => {
  const line = clean('ok    relay      no cluster names a relay; one is needed where others cannot dial')
  expect(wrappedTo(line, 40)).toBe(
    'ok    relay      no cluster names a\n                 relay; one is needed\n                 where others cannot\n                 dial'
  )
  expect(wrappedTo(clean('x'.repeat(50)), 20)).toBe('x'.repeat(50))
  expect(wrappedTo(clean('short'), 20)).toBe('short')
})

test('several lines stay several', () => {
  expect(cleanLines('a\n  b\x1b[A\n')).toBe('a\n  b\\u001b[A\n')
})

test('JSON says the same as before', () => {
  const value = { 'a\u009b\u2028': '\u202e\u{e0041}\ud800 \u001b ü 👩‍💻' }
  const json = cleanJson(JSON.stringify(value))
  expect(JSON.parse(json)).toEqual(value)
  expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Cs}]/u)
})

test('there is no other way to the terminal: what is clean is made in one file, and the streams are known to one', () => {
  const root = fileURLToPath(new URL('.', import.meta.url))
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.test.ts')
  )
  const having = (pattern: RegExp): string[] => files.filter((path) => pattern.test(readFileSync(`${root}${path}`, 'utf8'))).toSorted()
  expect(having(/\bas CleanText\b/)).toEqual(['clean.ts'])
  expect(having(/(?<!#)\bprocess\.std(out|err)\b|\bconsole\.\w+\(/)).toEqual(['host.ts', 'main.ts'])
})
