/** Many runs, on all cores of this machine. */
import { availableParallelism } from 'node:os'
import type { Mutant } from '../sim/mutants.ts'
import { WorkProcess } from '../work-process.ts'
import type { Part } from './clock-plan.ts'
import type { Batch, WorkerTask } from './clock-worker.ts'
import { type PlainTally, Tally } from './tally.ts'

export interface RunOptions {
  readonly first: number
  readonly count: number
  readonly mutant?: Mutant
}

const batch = 24 // one seed of each part of the mix

/** The tallies by part of the mix. Rejects when a run throws: then it is the simulation that is broken. */
export async function runClockSeeds({ first, count, mutant }: RunOptions): Promise<ReadonlyMap<Part, Tally>> {
  const tallies = new Map<Part, Tally>()
  let next = first
  const take = (): Batch => {
    const taken = { first: next, count: Math.min(batch, first + count - next) }
    next += taken.count
    return taken
  }
  const workers = Math.min(availableParallelism(), Math.ceil(count / batch))
  await Promise.all(Array.from({ length: workers }, () => work({ mutant }, take, (part, tally) => addTo(tallies, part, tally))))
  return tallies
}

function addTo(tallies: Map<Part, Tally>, part: Part, tally: PlainTally): void {
  const sum = tallies.get(part) ?? new Tally()
  tallies.set(part, sum)
  sum.add(tally)
}

/** One worker, fed until nothing is left. */
async function work(task: WorkerTask, take: () => Batch, onTally: (part: Part, tally: PlainTally) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const feed = (): void => {
    const due = take()
    if (due.count <= 0) resolve()
    else worker.send(due)
  }
  const onResult = (tallies: Map<Part, PlainTally>): void => {
    for (const [part, tally] of tallies) onTally(part, tally)
    feed()
  }
  const program = new URL('./clock-worker.ts', import.meta.url)
  await using worker: WorkProcess<Batch, Map<Part, PlainTally>> = new WorkProcess(program, task, { onReady: feed, onResult })
  await Promise.race([promise, worker.failed])
}
