/** Bugs of getting in: rings of writes without a pause, joins that never end, rows of Managers whom nobody can dial. */
import type { Mutant } from '@auki/testkit/sim'

export const entryMutants: readonly Mutant[] = [
  {
    name: 'bootstrap-without-pauses',
    story: 'a create that is refused is asked for again at once, 500 times a second and beyond the deadline',
    file: 'bootstrap-commit.ts',
    find: '  const dueAt = writeDueAt(draft)\n',
    replace: '  const dueAt = draft.ms\n',
    also: [{ file: 'bootstrap-commit.ts', find: 'pauseUntil(draft, writeDueAt(draft))', replace: 'pauseUntil(draft, draft.ms)' }],
    scenario: 'directory-full.txt'
  },
  {
    name: 'tick-without-pauses',
    story: 'a Manager whose row is missing for a renewal and there for a create asks as fast as it is answered',
    file: 'tick-questions.ts',
    find: "Math.min(draft.timer('tick'), writeDueAt(draft))",
    replace: 'draft.ms',
    scenario: 'directory-contradicts-itself.txt'
  },
  {
    name: 'follower-without-pauses',
    story: 'a follower whom the row names, but never under the right revision, claims as fast as it is answered',
    file: 'election.ts',
    find: '  const dueAt = writeDueAt(draft)\n',
    replace: '  const dueAt = draft.ms\n',
    scenario: 'claim-never-fits.txt'
  },
  {
    name: 'waits-for-whom-it-cannot-dial',
    story: 'a newcomer waits half a minute for a Manager none of whose addresses it could ever dial',
    file: 'bootstrap-join.ts',
    find: 'row.dialable === false ? lifeOf(row) : joinConnectMs',
    replace: 'joinConnectMs',
    scenario: 'stranger-out-of-reach.txt'
  },
  {
    name: 'creates-what-nobody-can-enter',
    story: 'a peer that nobody can dial takes the row, and locks everybody out',
    file: 'bootstrap-steps.ts',
    find: 'self.multiaddrs.length > 0 || relayMultiaddrs.length > 0',
    replace: 'true',
    scenario: 'nobody-can-dial-it.txt'
  },
  {
    name: 'deadline-forgotten-while-asking',
    story: 'a question to Discovery goes on after the join deadline',
    file: 'bootstrap-steps.ts',
    find: 'Math.max(1, Math.min(discoveryRequestMs, Math.ceil(draft.role.deadlineAt - draft.ms)))',
    replace: 'discoveryRequestMs',
    scenario: 'discovery-goes-silent.txt'
  }
]
