/**
 * Puts exact numbers into what `JSON.parse` has built.
 *
 * It visits the values in the order of the text and so finds the token of each number again. Two things break that order: equal keys, of which one is
 * gone, and keys that look like array indexes, which come first. Then there is no answer.
 */
import type { Json } from './json.ts'
import { type JsonScan, numberEnd, numberStart } from './json-scan.ts'

/** What a number is, by its token in the text and by what `JSON.parse` made of it. */
export type NumberOf = (text: string, start: number, end: number, value: number) => Json

/** Changes `value`, and returns it; `undefined`: it is not in the order of the text. */
export function restoreNumbers(value: Json, text: string, scan: JsonScan, numberOf: NumberOf): Json | undefined {
  const walk = new Walk(text, numberOf)
  const restored = walk.value(value)
  return walk.values === scan.values && !walk.indexed ? restored : undefined
}

class Walk {
  readonly #text: string
  readonly #numberOf: NumberOf
  #at = 0
  values = 0
  indexed = false

  constructor(text: string, numberOf: NumberOf) {
    this.#text = text
    this.#numberOf = numberOf
  }

  value(value: Json): Json {
    this.values++
    if (typeof value === 'number') return this.#number(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) value[index] = this.value(value[index]!)
      return value
    }
    for (const key of Object.keys(value)) {
      const first = key.charCodeAt(0)
      if (first >= 0x30 && first <= 0x39) this.indexed = true
      value[key] = this.value(value[key]!)
    }
    return value
  }

  #number(value: number): Json {
    const start = numberStart(this.#text, this.#at)
    this.#at = numberEnd(this.#text, start)
    return this.#numberOf(this.#text, start, this.#at, value)
  }
}
