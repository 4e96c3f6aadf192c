import { describe, expect, test } from 'vitest'
import { cutText, utf8Bytes } from './index.ts'

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
