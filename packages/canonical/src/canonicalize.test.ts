import { describe, expect, test } from 'vitest'
import { canonicalize, canonicalText, contentHash, contentHashOf, type Json, parseJson } from './index.ts'

const double = (bits: string) => new DataView(new BigUint64Array([BigInt(`0x${bits}`)]).buffer).getFloat64(0, true)

describe('numbers', () => {
  // The table of RFC 8785, appendix B.
  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2']
  ])('double %s is %s', (bits, text) => {
    expect(canonicalText(double(bits))).toBe(text)
  })

  test('integers keep every digit over i64 and u64', () => {
    const text = '[-9223372036854775808,-9007199254740993,1733836800123456789,9007199254740993,18446744073709551615]'
    for (const integers of ['auto', 'bigint'] as const) expect(canonicalText(parseJson(text, { integers }))).toBe(text)
  })

  test('1.0 and 1 have one form', () => {
    expect(canonicalText(parseJson('[1.0,1,1e0,10E-1]', { integers: 'bigint' }))).toBe('[1,1,1,1]')
  })
})

describe('text', () => {
  test('keys are sorted by UTF-16 code units, at every level', () => {
    const value = parseJson('{"\\ue000":0,"\\ud83d\\ude00":0,"é":0,"aa":0,"a":0,"A":0,"10":0,"2":0,"":{"z":0,"y":0}}')
    expect(canonicalText(value)).toBe('{"":{"y":0,"z":0},"10":0,"2":0,"A":0,"a":0,"aa":0,"é":0,"😀":0,"\ue000":0}')
  })

  test('every control is escaped the short way or as lower-case \\u00xx, nothing else is', () => {
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('')
    expect(canonicalText(controls)).toBe(
      '"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f' +
        '\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f"'
    )
    expect(canonicalText('"\\/\u007f\u0080\u2028\u2029€😀')).toBe('"\\"\\\\/\u007f\u0080\u2028\u2029€😀"')
  })

  test('the bytes are UTF-8 without a newline', () => {
    expect(canonicalize({ é: '€😀' })).toEqual(Uint8Array.from(Buffer.from('{"é":"€😀"}', 'utf8')))
  })

  test.each<[string, Json]>([
    ['a value', '\ud800'],
    ['a key', { '\udfff': 1 }],
    ['the inside of a text', ['a\ud83dz']]
  ])('a lone surrogate in %s is refused', (_name, value) => {
    expect(() => canonicalize(value)).toThrow(TypeError)
  })

  test('refuses what plain JSON refuses', () => {
    for (const value of [Number.NaN, 2n ** 64n, undefined, [undefined]]) expect(() => canonicalize(value as Json)).toThrow(Error)
    let deep: Json = 1
    for (let level = 0; level < 100_000; level++) deep = { deep }
    expect(() => canonicalize(deep)).toThrow('nested more than 1000 levels deep')
  })
})

describe('contentHash', () => {
  test('is XXH3-128 with seed 0, high half first', () => {
    expect(contentHash(new Uint8Array())).toBe('99aa06d3014798d86001c324468d497f')
    expect(contentHash(new TextEncoder().encode('abc'))).toBe('06b05ab6733a618578af5f94892f3950')
  })

  test('looks at the view, not at the buffer behind it', () => {
    const buffer = new TextEncoder().encode('xxabcxx')
    expect(contentHash(buffer.subarray(2, 5))).toBe('06b05ab6733a618578af5f94892f3950')
    expect(contentHash(Buffer.from('abc'))).toBe('06b05ab6733a618578af5f94892f3950')
  })

  test('one call leaves nothing behind for the next, whatever the size', () => {
    const large = new Uint8Array(300_000).fill(7)
    const first = contentHash(large)
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    expect(contentHash(new TextEncoder().encode('abc'))).toBe('06b05ab6733a618578af5f94892f3950')
    expect(contentHash(large)).toBe(first)
    large[299_999] = 8
    expect(contentHash(large)).not.toBe(first)
  })

  test('contentHashOf hashes the canonical bytes', () => {
    expect(contentHashOf({ b: 1733836800123456789n, a: 1 })).toBe(contentHash(canonicalize({ a: 1, b: 1733836800123456789n })))
    expect(contentHashOf({ at: 1733836800123456789n })).not.toBe(contentHashOf({ at: 1733836800123456800n }))
  })
})
