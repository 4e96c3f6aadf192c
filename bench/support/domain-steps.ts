/**
 * How smoothly does domain time go on?
 *
 * Read again and again beside the machine's clock, from which it may only differ by a constant: a change of that is a step.
 */
import type { Domain } from '@auki/domain'

/** A reading of domain time, beside the machine's clock. */
interface Reading {
  /** Domain time minus the machine's monotonic clock, ns. */
  readonly aheadNs: bigint
  readonly uncertaintyNs: bigint
  readonly backingPeerId: string
}

/** From one reading to the next. */
export interface DomainStep {
  readonly stepNs: bigint
  /** What the later reading said how far off it may be. */
  readonly uncertaintyNs: bigint
  /** Whether the domain clock is backed by another peer from now on. */
  readonly isHandover: boolean
}

export interface DomainSteps {
  /** The largest between two handovers, and every handover. */
  readonly steps: readonly DomainStep[]
  readonly readings: number
  /** Readings that failed. */
  readonly failed: number
  /** Of all steps, those that were larger than the uncertainty. */
  readonly exceeded: number
  /** Since the first reading ever, and the uncertainty that is stated now. */
  readonly sinceStartNs: bigint
  readonly uncertaintyNs: bigint
}

const readEveryMs = 5

const abs = (ns: bigint): bigint => (ns < 0n ? -ns : ns)

export class DomainStepWatch {
  readonly #domain: Domain
  #first: Reading | undefined
  #last: Reading | undefined
  #largest: DomainStep | undefined
  #handovers: DomainStep[] = []
  #readings = 0
  #failed = 0
  #exceeded = 0

  constructor(domain: Domain) {
    this.#domain = domain
    setInterval(() => this.#read(), readEveryMs)
  }

  /** What came since it was asked last. */
  take(): DomainSteps {
    const steps = [...(this.#largest === undefined ? [] : [this.#largest]), ...this.#handovers]
    const counts = { readings: this.#readings, failed: this.#failed, exceeded: this.#exceeded }
    const sinceStartNs = abs((this.#last?.aheadNs ?? 0n) - (this.#first?.aheadNs ?? 0n))
    this.#largest = undefined
    this.#handovers = []
    this.#readings = 0
    this.#failed = 0
    this.#exceeded = 0
    return { steps, ...counts, sinceStartNs, uncertaintyNs: this.#last?.uncertaintyNs ?? 0n }
  }

  #read(): void {
    const reading = readingOf(this.#domain)
    if (reading === undefined) {
      this.#failed += 1
      return
    }
    this.#readings += 1
    this.#first ??= reading
    if (this.#last !== undefined) this.#note(this.#last, reading)
    this.#last = reading
  }

  #note(before: Reading, { aheadNs, uncertaintyNs, backingPeerId }: Reading): void {
    const step = { stepNs: abs(aheadNs - before.aheadNs), uncertaintyNs, isHandover: backingPeerId !== before.backingPeerId }
    // Whoever was less sure before takes a step that the better knowledge asks for.
    if (step.stepNs > uncertaintyNs + before.uncertaintyNs) this.#exceeded += 1
    if (step.isHandover) this.#handovers.push(step)
    else if (this.#largest === undefined || step.stepNs > this.#largest.stepNs) this.#largest = step
  }
}

/** The reading of the machine's clock is in the middle of the two: the one that was interrupted least of a few counts. */
function readingOf({ clusterManager }: Domain): Reading | undefined {
  try {
    let best = { tookNs: 2n ** 62n, aheadNs: 0n }
    for (let no = 0; no < 3; no++) {
      const before = process.hrtime.bigint()
      const nowNs = clusterManager.domainTimeNow()
      const after = process.hrtime.bigint()
      if (after - before < best.tookNs) best = { tookNs: after - before, aheadNs: nowNs - (before + after) / 2n }
    }
    const { uncertaintyNs, backingPeerId } = clusterManager.domainClockEstimate()
    return { aheadNs: best.aheadNs, uncertaintyNs, backingPeerId }
  } catch {
    return undefined
  }
}
