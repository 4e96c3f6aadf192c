import { describe, expect, test } from 'vitest'
import { cutText, utf8Bytes, visibleName, visibleText } from './index.ts'

describe('cutText', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc'],
    ['ab😀', 4, 'ab😀'],
    ['ab😀d', 4, 'ab😀'],
    ['ab😀d', 3, 'ab'],
    ['😀', 1, ''],
    ['', 0, ''],
    ['a\ud83db', 2, 'a\ud83d'] // half a character was there before
  ])('the first of %j, at most %i', (text, charsMax, cut) => {
    expect(cutText(text, charsMax)).toBe(cut)
  })
})

describe('utf8Bytes', () => {
  test('is UTF-8', () => {
    expect([...utf8Bytes('é😀')]).toEqual([...Buffer.from('é😀')])
  })

  test.each(['\ud800', 'a\udfff', '\ude00\ud83d'])('refuses %j, whose bytes are those of another text', (text) => {
    expect(() => utf8Bytes(text)).toThrow(TypeError)
  })
})

describe('what people may see', () => {
  test.each([
    ['robot', 'robot'],
    ['ro\u0000bot\u0085\u007f\n\t', 'robot'],
    ['\u202enimda\u2066\u2069', 'nimda'],
    ['Zoë 🤖', 'Zoë 🤖'],
    ['🤖'.repeat(9), '🤖'.repeat(8)],
    ['x'.repeat(1_000_000), 'xxxxxxxx'],
    ['\u0007', ''],
    ['a\ud83d', 'a\ufffd']
  ])('of the name %j, cut to 8 characters', (name, visible) => expect(visibleName(name, 8)).toBe(visible))

  test('of a text, with something in place of the rest', () => {
    expect(visibleText('a\u001b[2J\u202eb\nc', '.')).toBe('a.[2J.b.c')
  })
})
