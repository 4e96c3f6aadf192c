/**
 * Planted bugs: a simulator that cannot fail proves nothing.
 *
 * A mutant is one change to the source of the core, made while it is loaded; the files themselves are never touched. It fits only while its `find` is there
 * once, so a mutant that the core has outgrown is noticed.
 */
import { registerHooks } from 'node:module'
import type { Core } from './core.ts'

export interface Mutant {
  readonly name: string
  /** What the rule protects from. */
  readonly story: string
  /** File name in the core. */
  readonly file: string
  readonly find: string
  readonly replace: string
  /** Catching it with seeds would need too many: this one of `tests/scenarios` does. */
  readonly scenario?: string
}

const coreFile = /\/packages\/domain\/src\/core\/([\w-]+\.ts)$/

/**
 * Loads the core with a mutant in it. Nothing in this thread may have loaded the core before.
 *
 * @throws Error when the mutant does not fit, or nothing came of it.
 */
export async function importMutant(mutant: Mutant): Promise<Core> {
  let planted = false
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (coreFile.exec(url)?.[1] !== mutant.file) return loaded
      planted = true
      return { ...loaded, source: mutate(String(loaded.source), mutant) }
    }
  })
  const core = await import('@auki/domain/core')
  if (!planted) throw new Error(`the core was loaded before the mutant ${mutant.name} was planted`)
  return core
}

/** @throws Error when the mutant does not fit. */
export function mutate(source: string, { name, file, find, replace }: Mutant): string {
  const pieces = source.split(find)
  if (pieces.length !== 2) throw new Error(`the mutant ${name} looks for a text that ${file} has ${pieces.length - 1} times: ${find}`)
  return pieces.join(replace)
}
