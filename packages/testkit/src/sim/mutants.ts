/**
 * Planted bugs: a simulator that cannot fail proves nothing.
 *
 * A mutant is a change to the source of the core, made while it is loaded; the files themselves are never touched. It fits only while each `find` is there
 * once, so a mutant that the core has outgrown is noticed.
 */
import { registerHooks } from 'node:module'
import type { Core } from './core.ts'

export interface Edit {
  /** File name in the core. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

export interface Mutant extends Edit {
  readonly name: string
  /** What the rule protects from. */
  readonly story: string
  /** What has to go as well: a second rule would catch what the first let through. */
  readonly also?: readonly Edit[]
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
  const missing = new Set(editsOf(mutant))
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const edits = editsOf(mutant).filter(({ file }) => file === coreFile.exec(url)?.[1])
      if (edits.length === 0) return loaded
      for (const edit of edits) missing.delete(edit)
      return { ...loaded, source: edits.reduce((source, edit) => mutate(source, mutant.name, edit), String(loaded.source)) }
    }
  })
  const core = await import('@auki/domain/core')
  if (missing.size > 0) throw new Error(`the core was loaded before the mutant ${mutant.name} was planted`)
  return core
}

export const editsOf = (mutant: Mutant): readonly Edit[] => [mutant, ...(mutant.also ?? [])]

/** @throws Error when the mutant does not fit. */
export function mutate(source: string, name: string, { file, find, replace }: Edit): string {
  const pieces = source.split(find)
  if (pieces.length !== 2) throw new Error(`the mutant ${name} looks for a text that ${file} has ${pieces.length - 1} times: ${find}`)
  return pieces.join(replace)
}
