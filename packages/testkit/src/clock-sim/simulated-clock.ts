import type { ClockPlan } from './clock-plan.ts'

/** A clock of the simulated world. It reads 0 at true time 0 and counts only while its machine runs. */
export class SimClock {
  readonly #plan: ClockPlan

  constructor(plan: ClockPlan) {
    this.#plan = plan
  }

  /** What a peer knows of its own clock's steps. */
  get stepNs(): bigint {
    return BigInt(Math.ceil(this.#plan.stepNs))
  }

  /** What the clock has counted at a true time, before it is cut to its steps; nanoseconds. */
  counted(trueNs: number): number {
    const { rate, swing, swingNs, phase, nudges, suspends } = this.#plan
    let ran = trueNs
    for (const { from, to } of suspends) ran -= Math.max(0, Math.min(trueNs, to) - from)
    const turn = (2 * Math.PI) / swingNs
    let counted = ran * (1 + rate) - (swing / turn) * (Math.cos(turn * ran + phase) - Math.cos(phase))
    for (let index = 0; index < nudges.length; index++) {
      const until = Math.min(ran, nudges[index + 1]?.at ?? ran)
      counted += nudges[index]!.by * Math.max(0, until - nudges[index]!.at)
    }
    return counted
  }

  /** A reading. */
  read(trueNs: number): bigint {
    const { stepNs, tickAtNs = 0 } = this.#plan
    return BigInt(Math.round(Math.floor((this.counted(trueNs) - tickAtNs) / stepNs) * stepNs + tickAtNs))
  }

  /** Whether it stands still. */
  sleeps(trueNs: number): boolean {
    return this.#plan.suspends.some(({ from, to }) => trueNs >= from && trueNs < to)
  }

  /** Whether it stood still at any time between the two. */
  sleptBetween(fromNs: number, toNs: number): boolean {
    return this.#plan.suspends.some(({ from, to }) => from < toNs && to > fromNs)
  }

  /** When its machine next runs. */
  awakeAt(trueNs: number): number {
    return this.#plan.suspends.find(({ from, to }) => trueNs >= from && trueNs < to)?.to ?? trueNs
  }
}
