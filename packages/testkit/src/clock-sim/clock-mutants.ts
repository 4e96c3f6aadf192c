/** Planted bugs in the time package, made while it is loaded. */
import { registerHooks } from 'node:module'
import { type Mutant, mutate } from '../sim/mutants.ts'
import type { Time } from './simulate-clocks.ts'

const timeFile = /\/packages\/time\/src\/([\w-]+\.ts)$/

/** Every import of the time package from now on, in this thread, gets the mutant. @throws Error when it does not fit. */
export function importMutant(mutant: Mutant): Promise<Time> {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (timeFile.exec(url)?.[1] !== mutant.file) return loaded
      return { ...loaded, source: mutate(String(loaded.source), mutant.name, mutant) }
    }
  })
  return import('@auki/time')
}
