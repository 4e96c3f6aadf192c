/** A thread that runs seeds, with a planted bug if it is told so. */
import { parentPort, workerData } from 'node:worker_threads'
import { importMutant, type Mutant } from './mutants.ts'
import type { Detail } from './trace.ts'

/** What a worker is started with. */
export interface WorkerTask {
  readonly mutant: Mutant | undefined
  readonly detail: Detail
}

const { mutant, detail } = workerData as WorkerTask
const core = await (mutant === undefined ? import('@auki/domain/core') : importMutant(mutant))
const { simulate } = await import('./simulate.ts')

parentPort?.on('message', (seeds: readonly number[]) => {
  for (const seed of seeds) parentPort?.postMessage(simulate({ core, seed, detail }))
})
