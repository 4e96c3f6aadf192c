/** Bugs that show only beside peers that follow the reference's rules. */
import type { Mutant } from '@auki/testkit/sim'

export const mixedMutants: readonly Mutant[] = [
  {
    name: 'order-forgotten',
    story: 'a document without an order takes away what was known of the order of the others',
    file: 'adopt.ts',
    find: 'document: ClusterDocument): void {\n  if (document.order !== undefined) draft.set({ floor: document.order })',
    replace: 'document: ClusterDocument): void {\n  draft.set({ floor: document.order ?? { epoch: 0, version: 0 } })'
  },
  {
    name: 'deposed-believed',
    story: 'a document without an order is adopted from whoever sends it, also from a Manager whose row is gone',
    file: 'receive.ts',
    find: 'return row?.manager === author && (document.order === undefined || row.revision === document.order.epoch)',
    replace: 'return document.order === undefined || (row?.manager === author && row.revision === document.order.epoch)',
    scenario: 'foreign-manager-offline.txt'
  }
]
