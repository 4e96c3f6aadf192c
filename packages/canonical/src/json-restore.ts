/**
 * Puts exact numbers into what `JSON.parse` has built.
 *
 * It visits the values in the order of the text and counts the numbers, so that the scan's list says which of them `JSON.parse` has rounded. Two things
 * break that order: equal keys, of which one is gone, and keys that look like array indexes, which come first. Then there is no answer.
 */
import type { Json } from './json.ts'
import type { JsonScan } from './json-scan.ts'

export interface Restoring {
  /** Of a number token that the scan has listed; `value` is what `JSON.parse` made of it. */
  readonly exactly: (text: string, start: number, end: number, value: number) => Json
  /** Of any other number. */
  readonly plainly: (value: number) => Json
}

/** Changes `value`, and returns it; `undefined`: it is not in the order of the text. */
export function restoreNumbers(value: Json, text: string, scan: JsonScan, restoring: Restoring): Json | undefined {
  const walk = new Walk(text, scan, restoring)
  const restored = walk.value(value)
  return walk.inOrder ? restored : undefined
}

class Walk {
  readonly #text: string
  readonly #scan: JsonScan
  readonly #restoring: Restoring
  #values = 0
  #numbers = 0
  #nextSpecial = 0
  #indexed = false

  constructor(text: string, scan: JsonScan, restoring: Restoring) {
    this.#text = text
    this.#scan = scan
    this.#restoring = restoring
  }

  get inOrder(): boolean {
    return this.#scan.special.length === 0 || (!this.#indexed && this.#values === this.#scan.values)
  }

  value(value: Json): Json {
    this.#values++
    if (typeof value === 'number') return this.#number(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) value[index] = this.value(value[index]!)
      return value
    }
    for (const key of Object.keys(value)) {
      if (this.#scan.special.length > 0 && /^\d/.test(key)) this.#indexed = true
      value[key] = this.value(value[key]!)
    }
    return value
  }

  #number(value: number): Json {
    const { special } = this.#scan
    if (special[this.#nextSpecial] !== this.#numbers++) return this.#restoring.plainly(value)
    const [start, end] = [special[this.#nextSpecial + 1]!, special[this.#nextSpecial + 2]!]
    this.#nextSpecial += 3
    return this.#restoring.exactly(this.#text, start, end, value)
  }
}
