/** A process that plays scenarios with a planted bug: the core is loaded once per process. */
import { serve, taskOf } from '../work-process.ts'
import { importMutant, type Mutant } from './mutants.ts'

const core = await importMutant(taskOf<Mutant>())
const { playScenario } = await import('./scenario.ts')
serve(({ text }: { readonly text: string }, send) => send(playScenario(core, text)))
