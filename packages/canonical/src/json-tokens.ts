/**
 * A JSON parser that sees every number token.
 *
 * Slower than `JSON.parse`, and only for texts whose numbers can't be found again in what that has built: objects with equal keys. What it accepts
 * `JSON.parse` accepts; anything else it refuses without saying why.
 */
import type { Json } from './json.ts'
import { spaceEnd, stringEnd } from './json-scan.ts'

const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const notPlain = /[\\\u0000-\u001f]/

/** @throws SyntaxError for what is no JSON; recursive, so `text` must not be nested deeply. */
export function parseTokens(text: string, numberOf: (token: string) => Json): Json {
  return new TokenParser(text, numberOf).document()
}

const notJson = (): SyntaxError => new SyntaxError('it is not JSON')

class TokenParser {
  readonly #text: string
  readonly #numberOf: (token: string) => Json
  readonly #plain: boolean
  #at = 0

  constructor(text: string, numberOf: (token: string) => Json) {
    this.#text = text
    this.#numberOf = numberOf
    this.#plain = !notPlain.test(text)
  }

  document(): Json {
    const value = this.#value(this.#next())
    if (spaceEnd(this.#text, this.#at) < this.#text.length) throw notJson()
    return value
  }

  /** The first character of the next token; NaN at the end. */
  #next(): number {
    this.#at = spaceEnd(this.#text, this.#at)
    return this.#text.charCodeAt(this.#at)
  }

  #value(code: number): Json {
    switch (code) {
      case 0x7b:
        return this.#object()
      case 0x5b:
        return this.#array()
      case 0x22:
        return this.#string()
      case 0x74:
        return this.#word('true', true)
      case 0x66:
        return this.#word('false', false)
      case 0x6e:
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #word(word: string, value: Json): Json {
    if (!this.#text.startsWith(word, this.#at)) throw notJson()
    this.#at += word.length
    return value
  }

  #number(): Json {
    const start = this.#at
    numberToken.lastIndex = start
    if (!numberToken.test(this.#text)) throw notJson()
    this.#at = numberToken.lastIndex
    return this.#numberOf(this.#text.slice(start, this.#at))
  }

  #string(): string {
    const start = this.#at
    this.#at = stringEnd(this.#text, start)
    if (this.#at > this.#text.length) throw notJson()
    const plain = this.#text.slice(start + 1, this.#at - 1)
    return this.#plain || !notPlain.test(plain) ? plain : JSON.parse(this.#text.slice(start, this.#at))
  }

  #array(): Json[] {
    const items: Json[] = []
    this.#at++
    let code = this.#next()
    if (code === 0x5d) this.#at++
    else
      do {
        items.push(this.#value(code))
        code = this.#more(0x5d)
      } while (code !== 0x5d)
    return items
  }

  #object(): Json {
    const object: { [key: string]: Json } = {}
    this.#at++
    let code = this.#next()
    if (code === 0x7d) this.#at++
    else
      do {
        if (code !== 0x22) throw notJson()
        const key = this.#string()
        if (this.#next() !== 0x3a) throw notJson()
        this.#at++
        const value = this.#value(this.#next())
        if (key === '__proto__') Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
        else object[key] = value
        code = this.#more(0x7d)
      } while (code !== 0x7d)
    return object
  }

  /** Behind a value: `closing`, or the first character of what follows a comma. */
  #more(closing: number): number {
    const code = this.#next()
    this.#at++
    if (code === closing) return code
    if (code !== 0x2c) throw notJson()
    const next = this.#next()
    if (next === closing) throw notJson()
    return next
  }
}
