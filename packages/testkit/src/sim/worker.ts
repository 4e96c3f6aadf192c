/** A process that runs seeds, with a planted bug if it is told so. */
import { serve, taskOf } from '../work-process.ts'
import { importMutant, type Mutant } from './mutants.ts'
import type { Detail } from './trace.ts'

/** What a worker is started with. */
export interface WorkerTask {
  readonly mutant: Mutant | undefined
  readonly detail: Detail
}

const { mutant, detail } = taskOf<WorkerTask>()
const core = await (mutant === undefined ? import('@auki/domain/core') : importMutant(mutant))
const { simulate } = await import('./simulate.ts')

serve((seeds: readonly number[], send) => {
  for (const seed of seeds) send(simulate({ core, seed, detail }))
})
