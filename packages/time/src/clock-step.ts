/** Browsers that resist fingerprinting show no finer steps; coarser clocks there are none. */
const coarsestNs = 100_000_000n

/** Steps below this vanish in the time that reading a clock takes. */
const finestNs = 1_000n

/**
 * How coarse is a clock, as far as its readings tell? They are all multiples of its step.
 *
 * Nobody says so on the wire: a browser's clock may move in steps of anything between 5 µs and 100 ms.
 */
export class ClockStep {
  #firstNs: bigint | undefined
  #differ = false
  #divisorNs = 0n

  add(readingNs: bigint): void {
    this.#firstNs ??= readingNs
    this.#differ ||= readingNs !== this.#firstNs
    if (this.#divisorNs !== 1n) this.#divisorNs = greatestCommonDivisor(this.#divisorNs, readingNs < 0n ? -readingNs : readingNs)
  }

  /** 0 for a clock that is fine enough not to matter. Two readings tell, for they hardly ever have a large divisor by chance; one only if it is round. */
  get ns(): number {
    const divisorNs = this.#divisorNs === 0n ? coarsestNs : this.#divisorNs
    if (this.#differ) return divisorNs < finestNs ? 0 : Number(divisorNs < coarsestNs ? divisorNs : coarsestNs)
    for (let roundNs = coarsestNs; roundNs >= finestNs; roundNs /= 10n) if (divisorNs % roundNs === 0n) return Number(roundNs)
    return 0
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}
