import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Mutant } from './mutants.ts'

/** What comes of a scenario with a planted bug; a rule that broke is a line with `BROKEN`. */
export async function playMutant(mutant: Mutant, text: string): Promise<string> {
  const workerData = { mutant, text }
  const worker = new Worker(new URL('./scenario-worker.ts', import.meta.url), { workerData, execArgv: ['--conditions=@auki/source'] })
  try {
    const [happened] = await once(worker, 'message') // an error of the worker rejects
    return String(happened)
  } finally {
    await worker.terminate()
  }
}
