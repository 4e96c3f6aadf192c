/** What a checker is given, and how it says that a rule was broken. */
import type { Process } from './process.ts'
import type { World } from './world.ts'

export interface Violation {
  /** True ms. */
  readonly at: number
  /** Stable name of the rule. */
  readonly rule: string
  readonly who: string
  readonly what: string
}

/** The place where checkers meet; the first violation ends the run. */
export class Docket {
  violation: Violation | undefined
  readonly #world: () => World

  constructor(world: () => World) {
    this.#world = world
  }

  get world(): World {
    return this.#world()
  }

  report(rule: string, who: Process | undefined, what: string): void {
    if (this.violation !== undefined) return
    const { queue } = this.world
    this.violation = { at: queue.now, rule, who: who?.spec.name ?? '-', what }
    queue.halt()
  }
}
