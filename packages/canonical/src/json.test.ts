import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { canonicalize, type Json, parseJson, stringifyJson } from './index.ts'

describe('parseJson', () => {
  test.each<[string, Json, Json]>([
    ['0', 0, 0n],
    ['-1', -1, -1n],
    ['9007199254740991', 9007199254740991, 9007199254740991n],
    ['9007199254740992', 9007199254740992n, 9007199254740992n],
    ['-9007199254740993', -9007199254740993n, -9007199254740993n],
    ['1733836800123456789', 1733836800123456789n, 1733836800123456789n],
    ['-9223372036854775808', -(2n ** 63n), -(2n ** 63n)],
    ['18446744073709551615', 2n ** 64n - 1n, 2n ** 64n - 1n],
    ['-9223372036854775809', -(2 ** 63), -(2 ** 63)],
    ['18446744073709551616', 2 ** 64, 2 ** 64],
    ['1.0', 1, 1],
    ['1e18', 1e18, 1e18],
    ['1E2', 100, 100],
    ['-0', -0, -0],
    ['-0.0', -0, -0]
  ])('%s', (text, auto, bigint) => {
    expect(parseJson(text)).toStrictEqual(auto)
    expect(parseJson(text, { integers: 'auto' })).toStrictEqual(auto)
    expect(parseJson(text, { integers: 'bigint' })).toStrictEqual(bigint)
    expect(parseJson(`{"a":[${text}]}`, { integers: 'bigint' })).toStrictEqual({ a: [bigint] })
  })

  test('of equal keys the last counts, with its own exact digits', () => {
    expect(parseJson('{"a":[1],"a":1733836800123456781,"a":1733836800123456789}')).toEqual({ a: 1733836800123456789n })
    expect(parseJson('{"a":1733836800123456781,"a":{"a":1733836800123456783}}')).toEqual({ a: { a: 1733836800123456783n } })
  })

  test('__proto__ is a key like any other', () => {
    const parsed = parseJson('{"__proto__":{"admin":true},"constructor":1}') as Record<string, Json>
    expect(Object.keys(parsed)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
    expect(stringifyJson(parsed)).toBe('{"__proto__":{"admin":true},"constructor":1}')
  })

  test.each([
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":1,}',
    "{'a':1}",
    '01',
    '+1',
    '.5',
    '1.',
    'NaN',
    'Infinity',
    '1n',
    '0x10',
    '"\u0001"',
    '"\\x"',
    '\ufeff1',
    '1 2',
    '1e400',
    '-1e999',
    '9'.repeat(400),
    '[1e400]'
  ])('refuses %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
    expect(() => parseJson(text, { integers: 'bigint' })).toThrow(SyntaxError)
  })

  test('refuses what is no text', () => {
    for (const value of [undefined, {}, Symbol('s')]) expect(() => parseJson(value as unknown as string)).toThrow(Error)
  })
})

describe('deep nesting', () => {
  const arrays = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

  test('1000 levels are read and written', () => {
    for (const text of [arrays(1000), objects(1000)]) expect(stringifyJson(parseJson(text))).toBe(text)
  })

  test.each([1001, 10_000, 1_000_000])('%i levels are refused with a plain error', (levels) => {
    const unclosed = '['.repeat(levels)
    for (const text of [arrays(levels), objects(levels), unclosed]) {
      expect(() => parseJson(text)).toThrow(new SyntaxError('the JSON text is nested more than 1000 levels deep'))
    }
  })

  test('brackets in strings and siblings nest nothing', () => {
    const brackets = stringifyJson('[{\\"['.repeat(5000))
    expect(stringifyJson(parseJson(`[${brackets}]`))).toBe(`[${brackets}]`)
    const siblings = `[${'[{}],'.repeat(5000)}[]]`
    expect(stringifyJson(parseJson(siblings))).toBe(siblings)
    expect(() => parseJson(`["\\\\",${arrays(1000)}]`)).toThrow('nested more than 1000 levels')
  })

  test('a value that contains itself is refused when written', () => {
    const loop: Json[] = []
    loop.push({ loop })
    expect(() => stringifyJson(loop)).toThrow(RangeError)
    expect(() => stringifyJson(loop)).toThrow('nested more than 1000 levels deep, or contains itself')
  })
})

describe('stringifyJson', () => {
  test('is compact, keeps the order of keys and writes bigint as digits', () => {
    const value = { b: [1, -2.5, null, true], a: { at_ns: 1733836800123456789n, s: 'é"\n\ud800' } }
    expect(stringifyJson(value)).toBe('{"b":[1,-2.5,null,true],"a":{"at_ns":1733836800123456789,"s":"é\\"\\n\\ud800"}}')
  })

  test('leaves out members that are undefined', () => {
    expect(stringifyJson({ a: undefined, b: 1 } as unknown as Json)).toBe('{"b":1}')
  })

  test('prints the edges of i64 and u64, and -0 as 0', () => {
    expect(stringifyJson([-(2n ** 63n), 2n ** 64n - 1n, -0])).toBe('[-9223372036854775808,18446744073709551615,0]')
  })

  // JSON.stringify writes these as something else, and a hole as nothing at all.
  test.each<[string, unknown]>([
    ['a hole', Object.assign([], { 1: 1 })],
    ['a hole at the end', new Array(2)],
    ['undefined in an array', [1, undefined]],
    ['a Map', new Map([['a', 1]])],
    ['a Set', new Set([1])],
    ['a Date', new Date(0)],
    ['a boxed number', Object(1)],
    ['a boxed string', Object('a')],
    ['a boxed boolean', Object(true)],
    ['a boxed bigint', Object(1n)],
    ['a typed array', new Uint8Array(2)],
    ['a Buffer', Buffer.from('a')],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['a RegExp', /a/],
    ['an Error', new Error('a')],
    ['a Promise', Promise.resolve(1)],
    [
      'an instance of a class',
      new (class Point {
        x = 1
      })()
    ],
    [
      'an instance with toJSON',
      new (class Point {
        toJSON = undefined
        x = 1
        get y() {
          return 2
        }
      })()
    ],
    ['an object with toJSON', { toJSON: () => 1 }],
    ['an object with a symbol for a key', { [Symbol('s')]: 1 }],
    ['an object that inherits', Object.create({ a: 1 })]
  ])('refuses %s, also in canonical form', (_name, value) => {
    for (const place of [value, [value], { a: value }]) {
      expect(() => stringifyJson(place as Json)).toThrow(TypeError)
      expect(() => canonicalize(place as Json)).toThrow(TypeError)
    }
  })

  test('takes objects without a prototype, and those of another realm', () => {
    const bare = Object.assign(Object.create(null), { a: [1] }) as Json
    const foreign = runInNewContext('({ a: [1] })') as Json
    for (const value of [bare, foreign]) {
      expect(stringifyJson(value)).toBe('{"a":[1]}')
      expect(Buffer.from(canonicalize(value)).toString()).toBe('{"a":[1]}')
    }
  })

  test.each<[string, unknown, new () => Error]>([
    ['NaN', Number.NaN, RangeError],
    ['infinity', Number.POSITIVE_INFINITY, RangeError],
    ['minus infinity', Number.NEGATIVE_INFINITY, RangeError],
    ['2^64', 2n ** 64n, RangeError],
    ['-2^63 - 1', -(2n ** 63n) - 1n, RangeError],
    ['undefined', undefined, TypeError],
    ['a function', () => 1, TypeError],
    ['a symbol', Symbol('s'), TypeError]
  ])('refuses %s', (_name, value, error) => {
    for (const place of [value, [value]]) expect(() => stringifyJson(place as Json)).toThrow(error)
  })
})
