/** A process that runs seeds, with a planted bug if it is told so. */
import type { Mutant } from '../sim/mutants.ts'
import { serve, taskOf } from '../work-process.ts'
import { importMutant } from './clock-mutants.ts'
import { type Part, partOf } from './clock-plan.ts'
import { simulateClocks, type Time } from './simulate-clocks.ts'
import { type PlainTally, Tally } from './tally.ts'

/** What a worker is started with, and then sent. */
export interface WorkerTask {
  readonly mutant: Mutant | undefined
}
export interface Batch {
  readonly first: number
  readonly count: number
}

const { mutant } = taskOf<WorkerTask>()
const time: Time = mutant === undefined ? await import('@auki/time') : await importMutant(mutant)

serve(({ first, count }: Batch, send) => {
  const tallies = new Map<Part, PlainTally>()
  for (let seed = first; seed < first + count; seed++) {
    const part = partOf(seed)
    const tally = (tallies.get(part) as Tally | undefined) ?? new Tally()
    tallies.set(part, tally)
    simulateClocks(time, seed, tally)
  }
  send(tallies)
})
