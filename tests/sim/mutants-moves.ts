/** Bugs to plant: each takes a rule out of what a peer does that moved or slept. */
import type { Mutant } from '@auki/testkit/sim'

export const moveMutants: readonly Mutant[] = [
  {
    name: 'moved-and-not-told',
    story: 'a Manager has other addresses, and the row goes on naming the old ones: no newcomer finds it',
    file: 'own-addresses.ts',
    find: 'return row?.manager === draft.me && !showsUs(draft, row) && draft.ms - draft.state.claimedAt >= moveRotateMs',
    replace: 'return false'
  },
  {
    name: 'row-alone',
    story: 'a Manager that moved writes its addresses into the row, and not into the document',
    file: 'tick.ts',
    find: 'author(draft, { ...withOwnAddresses(draft, draft.state.document), order:',
    replace: 'author(draft, { ...draft.state.document, order:'
  },
  {
    name: 'poisoned-row-stays',
    story: 'somebody posts other addresses beside the name of the Manager, with no instance, and the Manager keeps them fresh',
    file: 'own-addresses.ts',
    find: 'return sameAddresses(row.multiaddrs, isSaid ? role.written.shown : multiaddrs)',
    replace: 'return true',
    also: [
      {
        file: 'own-addresses.ts',
        find: 'if (row.instance !== instance && row.instance !== role.written?.instance) return false',
        replace: ''
      }
    ]
  },
  {
    name: 'member-moved-and-heard',
    story: 'a member has other addresses, hears its Manager, and tells nobody',
    file: 'anew.ts',
    find: 'if (setAddresses(draft, event)) askAnew(draft)',
    replace: 'setAddresses(draft, event)'
  },
  {
    name: 'woke-but-heard',
    story: 'a member slept until it was evicted, and takes beats that waited for proof that it is still in',
    file: 'follower.ts',
    find: 'if (anew || !heard(draft, row.manager) ||',
    replace: 'if (!heard(draft, row.manager) ||'
  }
]
