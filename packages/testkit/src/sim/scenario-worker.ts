/** A thread that plays one scenario with a planted bug: the core is loaded once per thread. */
import { parentPort, workerData } from 'node:worker_threads'
import { importMutant, type Mutant } from './mutants.ts'

const { mutant, text } = workerData as { readonly mutant: Mutant; readonly text: string }
const core = await importMutant(mutant)
const { playScenario } = await import('./scenario.ts')
parentPort?.postMessage(playScenario(core, text))
