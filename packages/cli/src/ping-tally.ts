/** What came of pings: how many were answered, and how fast. */

export interface PingSummary {
  readonly sent: number
  readonly received: number
  readonly lossPercent: number
  /** ms; undefined where none was answered. */
  readonly minMs: number | undefined
  readonly medianMs: number | undefined
  readonly maxMs: number | undefined
}

export class PingTally {
  readonly #rttsMs: number[] = []
  #sent = 0

  /** @param rttMs - undefined: no answer. */
  note(rttMs: number | undefined): void {
    this.#sent += 1
    if (rttMs !== undefined) this.#rttsMs.push(rttMs)
  }

  get summary(): PingSummary {
    const sorted = this.#rttsMs.toSorted((a, b) => a - b)
    const [sent, received] = [this.#sent, sorted.length]
    const middle = received === 0 ? undefined : (sorted[(received - 1) >> 1]! + sorted[received >> 1]!) / 2
    const lossPercent = sent === 0 ? 0 : Math.round((1_000 * (sent - received)) / sent) / 10
    return { sent, received, lossPercent, minMs: sorted[0], medianMs: middle, maxMs: sorted.at(-1) }
  }
}
