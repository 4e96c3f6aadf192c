/** Chance that comes back: the same seed draws the same numbers on every machine (sfc32, 32-bit integer arithmetic only). */

export class Random {
  #a: number
  #b: number
  #c: number
  #count = 1

  /** `stream` gives independent sequences of one seed, so that one user of chance does not shift another's. */
  constructor(seed: number, stream = 0) {
    this.#a = 0x9e3779b9 ^ stream
    this.#b = 0x243f6a88 + Math.imul(stream, 0x85ebca6b)
    this.#c = seed | 0
    for (let i = 0; i < 16; i++) this.uint32()
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#count) | 0
    this.#count = (this.#count + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  /** A number in [0, 1). */
  next(): number {
    return this.uint32() / 0x1_0000_0000
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  /** An integer in [0, count). */
  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One of a list that is not empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  /** A list in another order. */
  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items]
    for (let i = left.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      ;[left[i], left[j]] = [left[j]!, left[i]!]
    }
    return left
  }
}
