/** The fast parser against the plain one: whatever the text, both give the same value or both refuse it. */
import { describe, expect, test } from 'vitest'
import { type Json, parseJson } from './index.ts'
import { scanJson } from './json-scan.ts'
import { parseTokens } from './json-tokens.ts'

const i64Min = -(2n ** 63n)
const u64Max = 2n ** 64n - 1n

/** What the parser must do, said with `JSON.parse` alone: slow, and obviously right. */
function plainly(text: string, integers: 'auto' | 'bigint'): Json {
  const revive = (_key: string, value: unknown, { source = '' }: { source?: string }) => {
    if (typeof value !== 'number') return value
    if (!Number.isFinite(value)) throw new SyntaxError('beyond the doubles')
    if (!/^-?\d+$/.test(source) || source === '-0') return value
    if (integers === 'auto' && Number.isSafeInteger(value)) return value
    if (source.length > 20) return value
    const exact = BigInt(source)
    return exact < i64Min || exact > u64Max ? value : exact
  }
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]) as Json
}

function outcomeOf(parse: () => Json): string {
  try {
    return shown(parse())
  } catch (error) {
    if (error instanceof SyntaxError) return 'refused'
    throw error
  }
}

/** Types, the sign of zero and the order of keys count. */
function shown(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(shown)}]`
  if (typeof value === 'object' && value !== null) {
    if (Object.getPrototypeOf(value) !== Object.prototype) throw new Error('another prototype')
    return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${shown(inner)}`)}}`
  }
  if (typeof value === 'string') return JSON.stringify(value)
  return Object.is(value, -0) ? 'number -0' : `${typeof value} ${value}`
}

function expectSame(text: string): void {
  for (const integers of ['auto', 'bigint'] as const) {
    const wanted = outcomeOf(() => plainly(text, integers))
    if (outcomeOf(() => parseJson(text, { integers })) !== wanted) expect.fail(`${integers}: ${text}`)
  }
  const tokens = outcomeOf(() => parseTokens(text, Number))
  if (tokens !== outcomeOf(() => JSON.parse(text) as Json)) expect.fail(`tokens: ${text}`)
}

function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const numbers = [
  '0',
  '-0',
  '7',
  '-1',
  '1.0',
  '1e2',
  '-0.0',
  '0.5e-3',
  '999999999999999',
  '9007199254740991',
  '9007199254740993',
  '-9007199254740993'
]
const edges = [
  '18446744073709551615',
  '18446744073709551616',
  '-9223372036854775808',
  '-9223372036854775809',
  '1e308',
  '1e400',
  '-1e999',
  '9'.repeat(400)
]
const strings = ['""', '"a"', '"\\""', '"\\\\"', '"\\u00e9\\n"', '"[{1.5,"', '"\\ud800"', '"1e400"', '"\u2028"']
const keys = ['"a"', '"b"', '"a"', '"0"', '"10"', '"9x"', '"__proto__"', '"\\u0061"', '""', '"toString"', '"-1"', '"constructor"']
const spaces = ['', '', '', ' ', '\n', '\t', '\r ']

/** A JSON text with everything that is awkward about numbers and keys. */
function textOf(random: (below: number) => number, keyOf = () => keys[random(keys.length)]!, depth = 4): string {
  const one = (items: readonly string[]) => items[random(items.length)]!
  const gap = () => one(spaces)
  const kind = random(depth > 0 ? 7 : 4)
  if (kind === 0) return one(strings)
  if (kind === 1) return one(['true', 'false', 'null'])
  if (kind === 2) return one(numbers)
  if (kind === 3) return random(4) === 0 ? one(edges) : one(numbers)
  const items = Array.from({ length: random(5) }, () => gap() + textOf(random, keyOf, depth - 1) + gap())
  if (kind === 4) return `[${items.join(',') || gap()}]`
  return `{${items.map((item) => `${gap()}${keyOf()}${gap()}:${item}`).join(',') || gap()}}`
}

describe('the fast parser and the plain one', () => {
  test('agree on 5,000 texts, and on each with a character changed, left out or doubled', () => {
    const random = chance(11)
    for (let run = 0; run < 5_000; run++) {
      const text = textOf(random)
      expectSame(text)
      const at = random(text.length)
      const odd = '{}[]",:\\-+.eE0159tfn \n\u0000\u00a0é'
      const change = [text.slice(0, at) + text.slice(at + 1), text.slice(0, at) + text[at] + text.slice(at), text.slice(0, at)]
      expectSame(change[run % 4] ?? text.slice(0, at) + odd[random(odd.length)] + text.slice(at + 1))
    }
  })

  test.each([
    ['equal keys, the first with the large number', '{"a":9007199254740993,"b":9007199254740992,"a":1}'],
    ['keys that change places', '{"b":9007199254740993,"2":9007199254740992,"1":9007199254740995}'],
    ['one of equal keys beyond the doubles', '{"a":1e400,"a":1}'],
    ['the one that counts beyond the doubles', '{"a":1,"a":1e400}'],
    ['a prototype that is no prototype', '{"__proto__":9007199254740993,"0":{"__proto__":1e400},"0":2}'],
    ['keys like indexes in any order, in objects of objects', '{"7":9007199254740993,"b":{"10":[9007199254740995],"2":1.5,"x":"s"},"0":7}'],
    ['equal keys like indexes', '{"1":9007199254740993,"0":1,"1":5}'],
    ['equal keys like indexes, with values of other shapes', '{"1":[9007199254740993,1],"1":{"a":1},"1":[9007199254740995]}'],
    [
      'equal keys like indexes, with keys that only the first has',
      '{"0":{"toString":9007199254740993,"__proto__":{"a":9007199254740995}},"0":{}}'
    ],
    ['keys like indexes, written with escapes', '{"b":9007199254740993,"\\u0031":9007199254740995,"0\\u0030":9007199254740997}'],
    ['numbers in strings', '{"1.5":"9007199254740993","a":"\\"9007199254740993","b":9007199254740993}']
  ])('agree on %s', (_what, text) => expectSame(text))
})

describe('the scan', () => {
  const bounds = { depthMax: 1000, valuesMax: Number.POSITIVE_INFINITY }

  test('counts what a text holds, keys left out', () => {
    const text = '{ "a" : [1, 1.5, -2e3, 9007199254740993, {"b":"[,:\\"","c":true}], "d":null, "e":[[]] }'
    expect(scanJson(text, bounds)).toMatchObject({ depth: 3, values: 12, bigIntegers: 1, fractions: 2 })
  })

  test('counts as many values as there are', () => {
    const random = chance(3)
    const count = (value: Json): number =>
      typeof value === 'object' && value !== null ? Object.values(value).reduce<number>((sum, inner) => sum + count(inner), 1) : 1
    for (let run = 0; run < 2_000; run++) {
      let key = 0
      const text = textOf(random, () => `"k${key++}"`)
      expect(scanJson(text, bounds).values, text).toBe(count(JSON.parse(text) as Json))
    }
  })

  test('stops at the bound, before anything is built', () => {
    const text = `[${'0,'.repeat(500_000)}`
    expect(() => parseJson(text, { valuesMax: 300 })).toThrow('holds more than 300 values')
    expect(parseJson('[1,{"a":2}]', { valuesMax: 4 })).toEqual([1, { a: 2 }])
    expect(() => parseJson('[1,{"a":2}]', { valuesMax: 3 })).toThrow(SyntaxError)
  })

  test.each(['[0:0:0:0:0:0', '{"a":"b":"c":"d":"e"', 'tttttttt t t t t', '""""""""""', '[][][][][][]'])(
    'is not talked down by %s',
    (text) => {
      expect(() => parseJson(text, { valuesMax: 4 })).toThrow(SyntaxError)
    }
  )
})
