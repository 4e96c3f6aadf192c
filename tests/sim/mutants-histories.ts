/** Bugs to plant: each takes out a repair that a history of the past made necessary, where `mutants.ts` does not have it already. */
import type { Edit, Mutant } from '@auki/testkit/sim'

/** A peer that was judged lost is not looked at again until something takes the mark away. */
const marked: Edit = {
  file: 'contacts.ts',
  find: 'for (const peer of lost) updateContact(draft, peer, { lastSeen: draft.ms, forgivenMs: 0 })',
  replace: 'for (const peer of lost) updateContact(draft, peer, { lastSeen: Number.POSITIVE_INFINITY, forgivenMs: 0 })'
}
const settlingKeepsMarks: Edit = {
  file: 'adopt.ts',
  find: 'if (slot !== undefined) updateContact(draft, slot, { lastSeen: draft.ms, forgivenMs: 0 })',
  replace: ''
}

export const historyMutants: readonly Mutant[] = [
  {
    name: 'marks-outlive-settling',
    story: 'a follower that settled behind the Manager it had marked lost never asks again, whatever happens to that Manager',
    ...marked,
    also: [settlingKeepsMarks]
  },
  {
    name: 'marks-outlive-the-slot',
    story: 'a headless Manager steps down to a member it had marked lost, and keeps the mark',
    ...marked,
    also: [
      settlingKeepsMarks,
      {
        file: 'promotion.ts',
        find: 'reconcileWatch(follower, { afresh: true })\n  startRejoin(',
        replace: 'reconcileWatch(follower)\n  startRejoin('
      },
      { file: 'membership.ts', find: 'reconcileWatch(draft, { afresh: true })', replace: 'reconcileWatch(draft)' }
    ]
  },
  {
    name: 'evicted-by-the-accept',
    story: 'a member that was silent asks to be taken back, is accepted, and evicted for its silence before the Accept',
    file: 'admission.ts',
    find: 'tellMembers(draft)\n  seen(draft, peer)',
    replace: 'tellMembers(draft)'
  },
  {
    name: 'older-accept-adopted',
    story: 'a push overtakes the Accept, which takes the document back to an older one',
    file: 'adopt.ts',
    find: 'draft.state.adoptedAt > askedAt &&',
    replace: 'false &&',
    also: [{ file: 'adopt.ts', find: 'stopRejoin(draft)\n  draft.follow({ stance', replace: 'draft.follow({ stance' }]
  },
  {
    name: 'reigns-until-it-is-answered',
    story: 'a leaving Manager goes on reigning while its hand-over is under way, and the successor reigns as well',
    file: 'goodbye.ts',
    find: "enter(draft, draft.me, { kind: 'handing-over', no, successor: member.peerId })",
    replace: ''
  },
  {
    name: 'row-resurrected',
    story: 'a Manager that leaves alone goes on with its liveness checks, finds the row it deleted missing, and creates it again',
    file: 'goodbye.ts',
    find: "enter(draft, draft.me, { kind: 'deleting', no })",
    replace: ''
  },
  {
    name: 'lease-of-another',
    story: 'a successful answer that names another is taken for a lease',
    file: 'tick.ts',
    find: 'if (row.manager !== draft.me) return stepDown(draft, row)\n',
    replace: ''
  },
  {
    name: 'nobody-s-row-kept-fresh',
    story: 'no answer of Discovery comes in time, and the checks that nobody can use keep the row from being swept',
    file: 'tick-questions.ts',
    find: 'if (silent) sendRead(draft)',
    replace: 'if (false) sendRead(draft)'
  },
  {
    name: 'ended-by-its-own-past',
    story: 'a late look of the watch shows the row of my earlier process, and I take it for a second one of now',
    file: 'manager.ts',
    find: "if (row.instance === '' || row.instance === draft.state.self.instance) draft.manage({ revision: row.revision })\n",
    replace: "if (row.instance !== '' && row.instance !== draft.state.self.instance) return endPresence(draft, row)\n",
    also: [{ file: 'manager.ts', find: 'import { stepDown }', replace: "import { endPresence } from './ending.ts'\nimport { stepDown }" }],
    scenario: 'late-look-at-the-past.txt'
  },
  {
    name: 'exists-is-mine',
    story: 'a create that finds a row of another is taken for a success',
    file: 'follower-commit.ts',
    find: "if (outcome.kind === 'created') takeOver(",
    replace: "if (outcome.kind !== 'trouble') takeOver("
  },
  {
    name: 'count-told-late',
    story: 'after a takeover the row says 1 for a second: whoever comes back then takes the cluster',
    file: 'promotion.ts',
    find: "const early = what === 'create' && document.peers.length > 1",
    replace: 'const early = false'
  },
  {
    name: 'lease-comes-back',
    story: 'the wall clock stepped back, and a suspend made up for it: a lease that was void is taken for one again',
    file: 'lease.ts',
    find: 'lease === undefined || lease.over',
    replace: 'lease === undefined',
    scenario: 'suspended-manager.txt'
  },
  {
    name: 'reign-over-before-it-began',
    story: 'the answer to a create comes late, after the watch showed the row of the next one, and is taken for a reign',
    file: 'follower-commit.ts',
    find: 'if (superseded(draft.state, row, ask.sentAt)) decide(draft, newestSight(draft.state))\n  else promote(',
    replace: 'promote(',
    scenario: 'late-answer-to-a-create.txt'
  },
  {
    name: 'late-old-row',
    story: 'an old answer that comes late resets the floor',
    file: 'rows.ts',
    find: 'askedAt.monoMs <= Math.max(adoptedAt, newest?.seenAt ?? Number.NEGATIVE_INFINITY)',
    replace: 'askedAt.monoMs <= adoptedAt'
  }
]
