/**
 * Puts exact numbers into what `JSON.parse` has built.
 *
 * Text and value are gone through side by side, which finds the token of each number again. An object has its keys in the order of the text, unless some
 * look like array indexes and so come first: then they are read from the text. Of equal keys only the last value is left, and what stands in the text for
 * the others may fit it or not: where it does not, there is no answer; where it does, numbers are changed at most once, so that the last one counts.
 */
import type { Json } from './json.ts'
import { type JsonScan, numberEnd, spaceEnd, stringEnd, wordEnd } from './json-scan.ts'

/** What a number is, by its token in the text and by what `JSON.parse` made of it: either that, or a bigint. */
export type NumberOf = (text: string, start: number, end: number, value: number) => Json

/** Changes `value`, and returns it; `undefined`: it has not the shape of the text. */
export function restoreNumbers(value: Json, text: string, scan: JsonScan, numberOf: NumberOf): Json | undefined {
  const walk = new Walk(text, scan.indexedKeys > 0, numberOf)
  const restored = walk.value(value)
  return walk.lost ? undefined : restored
}

class Walk {
  readonly #text: string
  readonly #indexed: boolean
  readonly #numberOf: NumberOf
  #at = 0
  /** The value is not what the text says at this place. */
  lost = false

  constructor(text: string, indexed: boolean, numberOf: NumberOf) {
    this.#text = text
    this.#indexed = indexed
    this.#numberOf = numberOf
  }

  value(value: Json): Json {
    const start = spaceEnd(this.#text, this.#at)
    const code = this.#text.charCodeAt(start)
    if (typeof value === 'number') return this.#number(value, start, code)
    if (typeof value === 'string') return this.#skip(value, code === 0x22, stringEnd(this.#text, start))
    if (typeof value !== 'object' || value === null) return this.#skip(value, isWord(value, code), wordEnd(this.#text, start))
    this.#at = start + 1
    if (Array.isArray(value)) this.#array(value, code)
    else if (this.#indexed) this.#objectByText(value, code)
    else this.#object(value, code)
    return value
  }

  #number(value: number, start: number, code: number): Json {
    if (!((code >= 0x30 && code <= 0x39) || code === 0x2d)) return this.#skip(value, false, start)
    this.#at = numberEnd(this.#text, start)
    return this.#numberOf(this.#text, start, this.#at, value)
  }

  #skip(value: Json, fits: boolean, end: number): Json {
    if (!fits) this.lost = true
    this.#at = end
    return value
  }

  #array(items: Json[], code: number): void {
    if (code !== 0x5b) this.lost = true
    if (items.length === 0) this.#expect(0x5d)
    for (let index = 0; index < items.length && !this.lost; index++) {
      const item = items[index]!
      const exact = this.value(item)
      if (exact !== item) items[index] = exact
      this.#expect(index === items.length - 1 ? 0x5d : 0x2c)
    }
  }

  #object(object: { [key: string]: Json }, code: number): void {
    if (code !== 0x7b) this.lost = true
    const keys = Object.keys(object)
    if (keys.length === 0) this.#expect(0x7d)
    for (let index = 0; index < keys.length && !this.lost; index++) {
      this.#at = stringEnd(this.#text, spaceEnd(this.#text, this.#at))
      this.#member(object, keys[index]!)
      this.#expect(index === keys.length - 1 ? 0x7d : 0x2c)
    }
  }

  #objectByText(object: { [key: string]: Json }, code: number): void {
    if (code !== 0x7b) this.lost = true
    for (let next = this.#next(); next !== 0x7d && !this.lost; next = this.#next()) {
      if (next === 0x2c) this.#at++
      const start = spaceEnd(this.#text, this.#at)
      this.#at = stringEnd(this.#text, start)
      const plain = this.#text.slice(start + 1, this.#at - 1)
      const key = plain.includes('\\') ? JSON.parse(this.#text.slice(start, this.#at)) : plain
      if (Object.hasOwn(object, key)) this.#member(object, key)
      else this.lost = true
    }
    this.#at++
  }

  /** Its key has been read. */
  #member(object: { [key: string]: Json }, key: string): void {
    this.#expect(0x3a)
    const value = object[key]!
    const exact = this.value(value)
    if (exact !== value) object[key] = exact
  }

  #next(): number {
    this.#at = spaceEnd(this.#text, this.#at)
    return this.#text.charCodeAt(this.#at)
  }

  #expect(code: number): void {
    if (this.#next() !== code) this.lost = true
    this.#at++
  }
}

/** What is neither number, string, array nor object; `undefined` and bigints are in no text. */
function isWord(value: Json | undefined, code: number): boolean {
  return value === null ? code === 0x6e : typeof value === 'boolean' && code === (value ? 0x74 : 0x66)
}
