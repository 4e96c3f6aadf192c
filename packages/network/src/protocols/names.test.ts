import { expect, test } from 'vitest'
import { cleanName, isCatalogId } from './names.ts'

test.each([
  ['robot', 'robot'],
  ['ro\u0000bot\u0085\u007f', 'robot'],
  ['\u202enimda\u2066\u2069', 'nimda'],
  ['Zoë 🤖', 'Zoë 🤖'],
  ['x'.repeat(129), 'x'.repeat(128)],
  ['🤖'.repeat(200), '🤖'.repeat(128)],
  ['x'.repeat(1_000_000), 'x'.repeat(128)]
])('the name %j', (given, shown) => expect(cleanName(given)).toBe(shown))

test('an id in a catalog has 512 characters at most and no control characters', () => {
  expect(['a/b->c', 'x'.repeat(512), 'é 🤖', ''].map(isCatalogId)).toEqual([true, true, true, true])
  expect(['x'.repeat(513), 'a\u0000', 'a\n', '\u0085'].map(isCatalogId)).toEqual([false, false, false, false])
})
