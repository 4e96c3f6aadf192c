/** Every bug that can be planted in the core. */
import type { Mutant } from '@auki/testkit/sim'
import { mutants } from './mutants.ts'
import { electionMutants } from './mutants-elections.ts'
import { entryMutants } from './mutants-entry.ts'
import { historyMutants } from './mutants-histories.ts'
import { lossMutants } from './mutants-losses.ts'
import { mixedMutants } from './mutants-mixed.ts'
import { moveMutants } from './mutants-moves.ts'

export const allMutants: readonly Mutant[] = [
  ...mutants,
  ...electionMutants,
  ...entryMutants,
  ...historyMutants,
  ...lossMutants,
  ...mixedMutants,
  ...moveMutants
]
