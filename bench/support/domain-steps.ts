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
  /** How far off the two readings said they may be, the greater of both. */
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
  /** From the first reading ever to the last. */
  readonly sinceFirst: DomainStep | undefined
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
    const sinceFirst = this.#first && this.#last && stepOf(this.#first, this.#last)
    this.#largest = undefined
    this.#handovers = []
    this.#readings = 0
    this.#failed = 0
    this.#exceeded = 0
    return { steps, ...counts, sinceFirst }
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

  #note(before: Reading, after: Reading): void {
    const step = stepOf(before, after)
    if (step.stepNs > step.uncertaintyNs) this.#exceeded += 1
    if (step.isHandover) this.#handovers.push(step)
    else if (this.#largest === undefined || step.stepNs > this.#largest.stepNs) this.#largest = step
  }
}

function stepOf(before: Reading, after: Reading): DomainStep {
  return {
    stepNs: abs(after.aheadNs - before.aheadNs),
    uncertaintyNs: before.uncertaintyNs > after.uncertaintyNs ? before.uncertaintyNs : after.uncertaintyNs,
    isHandover: before.backingPeerId !== after.backingPeerId
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
