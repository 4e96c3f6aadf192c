import { WorkProcess } from '../work-process.ts'
import type { Mutant } from './mutants.ts'

/** What comes of a scenario with a planted bug; a rule that broke is a line with `BROKEN`. */
export async function playMutant(mutant: Mutant, text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const program = new URL('./scenario-worker.ts', import.meta.url)
  await using worker: WorkProcess<{ text: string }, string> = new WorkProcess(program, mutant, {
    onReady: () => worker.send({ text }),
    onResult: resolve
  })
  return await Promise.race([promise, worker.failed])
}
