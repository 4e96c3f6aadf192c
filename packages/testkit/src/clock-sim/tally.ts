/** Figures over many readings, small enough to send between threads and to add up. */

const binsPerFold = 100 // one percent each
const bins = 3_000

/** Counts of sizes by their logarithm: a quantile is right to about a percent. */
export class Sizes {
  readonly counts = new Uint32Array(bins)

  add(size: number): void {
    this.counts[Math.min(bins - 1, Math.floor(binsPerFold * Math.log(1 + size)))]!++
  }

  /** The size that this share of all sizes does not exceed; 0 of none. */
  quantile(share: number): number {
    let left = share * this.counts.reduce((sum, count) => sum + count, 0)
    const bin = this.counts.findIndex((count) => {
      left -= count
      return count > 0 && left <= 0
    })
    return bin < 0 ? 0 : Math.exp((bin + 0.5) / binsPerFold) - 1
  }
}

const sizes = ['ours', 'reference', 'claimed'] as const
const counts = ['readings', 'contained', 'missed', 'blind', 'blindContained', 'stepsBack', 'wentBack'] as const

/** What a thread sends of a tally. */
export type PlainTally = Pick<Tally, (typeof sizes)[number] | (typeof counts)[number]>

/** What the readings of one part of the mix add up to; sizes in nanoseconds. */
export class Tally {
  /** How wrong the estimate was, and how wrong the reference's of the same samples. */
  readonly ours = new Sizes()
  readonly reference = new Sizes()
  /** How wrong ours said it may be. */
  readonly claimed = new Sizes()
  /** Readings while both clocks ran, and how many of them were no further off than claimed. */
  readings = 0
  contained = 0
  /** Readings further off than claimed, though since a clock last stood still there was an exchange that could tell. */
  missed = 0
  /** The same while one of the clocks stood still, which nobody can know. */
  blind = 0
  blindContained = 0
  /** How often a new sample put domain time back, and how often that reached a reader who asked for monotonic readings. */
  stepsBack = 0
  wentBack = 0

  add(other: PlainTally): void {
    for (const name of sizes) for (let bin = 0; bin < bins; bin++) this[name].counts[bin]! += other[name].counts[bin]!
    for (const name of counts) this[name] += other[name]
  }
}

/** What is demanded of an estimator, and what it gave. */
export interface Verdict {
  readonly containment: number
  /** The reference's median error by ours. */
  readonly medianGain: number
  /** Ours at the 99th percentile by the reference's. */
  readonly tailShare: number
  /** The demands that are not met. */
  readonly broken: readonly string[]
}

export function judge(tally: Tally): Verdict {
  const containment = tally.contained / tally.readings
  const medianGain = tally.reference.quantile(0.5) / tally.ours.quantile(0.5)
  const tailShare = tally.ours.quantile(0.99) / tally.reference.quantile(0.99)
  const broken: string[] = []
  if (!(containment >= 0.999)) broken.push(`the uncertainty holds the true offset in ${(100 * containment).toFixed(3)} % of readings`)
  if (!(medianGain >= 5)) broken.push(`the median error is ${medianGain.toFixed(2)} times smaller than the reference's`)
  if (!(tailShare <= 1)) broken.push(`the 99th percentile of errors is ${tailShare.toFixed(2)} times the reference's`)
  if (tally.missed > 0) broken.push(`${tally.missed} readings are further off than claimed, though an exchange could tell`)
  if (tally.wentBack > 0) broken.push(`monotonic domain time went back ${tally.wentBack} times`)
  return { containment, medianGain, tailShare, broken }
}
