/** Bugs of who is taken for lost. */
import type { Mutant } from '@auki/testkit/sim'

export const lossMutants: readonly Mutant[] = [
  {
    name: 'pings-as-proof',
    story: 'a process that is only on its way in answers, and the entry of the one before it stays for ever',
    file: 'here.ts',
    find: "if (role === undefined || role === 'ended' || clusterName !== cluster) return false\n  return membership.peers.some(({ peerId }) => peerId === localPeerId)",
    replace: 'return clusterName === cluster || membership.peers.length >= 0 || role === localPeerId',
    scenario: 'restarted-out-of-earshot.txt'
  },
  {
    name: 'indirect-remains',
    story: 'a Manager that hears nobody takes those that only others hear for its cluster, and keeps the row',
    file: 'giving-up.ts',
    find: 'peerId === lost || indirect === true ||',
    replace: 'peerId === lost ||',
    also: [{ file: 'giving-up.ts', find: '({ peerId, indirect }: ClusterMember)', replace: '({ peerId }: ClusterMember)' }],
    scenario: 'last-witness-dies.txt'
  },
  {
    name: 'former-counts-as-lost',
    story: 'the Manager before lost power, one member crashes later, and the new Manager takes itself for cut off',
    file: 'former.ts',
    find: 'draft.role.former === peer',
    replace: "draft.role.former === peer && peer === ''",
    scenario: 'two-deaths-in-a-row.txt'
  },
  {
    name: 'former-unmarked',
    story: 'the Manager before is dead, stays first in rank, and gets a turn in the next election',
    file: 'former.ts',
    find: '{ ...member, indirect: true }',
    replace: '{ ...member }',
    scenario: 'the-dead-get-no-turn.txt'
  },
  {
    name: 'gone-without-witnesses',
    story: 'a router resets a connection and refuses dials, and a living member is evicted',
    file: 'suspects.ts',
    find: '?.gone === true) onMembersLost(draft, [peer])',
    replace: '?.gone === true) evict(draft, [{ peer, no: 0, askedAt: draft.ms, waitingFor: [] }])',
    scenario: 'false-farewell.txt'
  },
  {
    name: 'evicted-unasked',
    story: 'two members can’t reach each other, one of them is the Manager, and evicts the other although all others hear it',
    file: 'suspects.ts',
    find: 'waitingFor: drawWitnesses(draft) })',
    replace: 'waitingFor: [] as readonly PeerId[] })',
    scenario: 'half-a-partition.txt'
  },
  {
    name: 'join-times-forgotten',
    story: 'each restart by a supervisor costs a member its place',
    file: 'remembered.ts',
    find: '?.joinTsNs ?? draft.now.wallNs',
    replace: '?.joinTsNs === 0n ? 0n : draft.now.wallNs',
    scenario: 'restarted-by-a-supervisor.txt'
  },
  {
    name: 'sign-since-the-question',
    story: 'a member is heard while others are asked about it, and evicted all the same',
    file: 'suspects.ts',
    find: 'if (lastSeen > askedAt || ',
    replace: 'if (lastSeen === askedAt - 1e9 || ',
    also: [
      {
        file: 'suspects.ts',
        find: '  noteHeardInThisReign(draft, peer)\n  dropDoubt(draft, peer)\n',
        replace: '  noteHeardInThisReign(draft, peer)\n'
      }
    ]
  },
  {
    name: 'gone-is-forgotten',
    story: 'a process is found gone while its Manager is headless, and nobody looks again',
    file: 'contacts.ts',
    find: '(manages && gone) || ',
    replace: '(manages && gone && false) || '
  }
]
