import type { Checks } from './checks.ts'

/** `short`: what a build can wait for. */
export type Form = 'long' | 'short'

/** One run of a scenario, in a lab of its own. */
export interface Case {
  /** What sets it apart from the others of the scenario, such as `8 s`; empty if there is only one. */
  readonly title: string
  run(checks: Checks): Promise<void>
}

export interface Scenario {
  /** As on the command line. */
  readonly name: string
  /** In a sentence. */
  readonly what: string
  /** None: not in this form. */
  cases(form: Form): Case[]
}
