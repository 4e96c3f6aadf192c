/** Bugs of elections and of identities that run twice. */
import type { Mutant } from '@auki/testkit/sim'

export const electionMutants: readonly Mutant[] = [
  {
    name: 'higher-reign-ignored',
    story: 'a Manager that is cut off from a directory that began anew goes on with its long row, though a member shows a higher reign',
    file: 'manager.ts',
    find: 'if (lists(draft.state.document, event.author)) contestLease(draft)',
    replace: '',
    scenario: 'directory-forgets-long-rows.txt'
  },
  {
    name: 'contested-by-nothing',
    story: 'an answer to what was asked before the higher reign was shown gives the whole life of a long row again',
    file: 'lease.ts',
    find: 'return sentAt.monoMs > contestedAt ? lease : shortened(lease)',
    replace: 'return lease'
  },
  {
    name: 'everybody-gets-its-turn',
    story: 'candidates that are connected and silent get a turn each, however many there are',
    file: 'election.ts',
    find: 'turns.length >= electionTurnsMax || draft.ms - absentAt >= electionOpenMs',
    replace: 'false',
    also: [{ file: 'election.ts', find: 'Math.min(turnEndsAt(draft), absentAt + electionOpenMs)', replace: 'turnEndsAt(draft)' }],
    scenario: 'silent-candidates.txt'
  },
  {
    name: 'elected-without-an-address',
    story: 'a member that nobody can dial creates the row, and newcomers strand behind it',
    file: 'ranking.ts',
    find: '!observer && multiaddrs.length > 0',
    replace: '!observer',
    scenario: 'nobody-to-dial.txt'
  },
  {
    name: 'handed-to-nowhere',
    story: 'the role is handed to a member that nobody can dial',
    file: 'election.ts',
    find: '.filter(mayBeManager)',
    replace: '.filter(({ observer }) => !observer)',
    also: [
      { file: 'election.ts', find: 'import { bySeniority, mayBeManager, mayReign }', replace: 'import { bySeniority, mayReign }' },
      { file: 'goodbye.ts', find: 'member.peerId !== draft.me && mayBeManager(member)', replace: 'member.peerId !== draft.me' }
    ],
    scenario: 'nobody-to-dial.txt'
  },
  {
    name: 'sights-counted-as-rounds',
    story: 'a Manager counts how often it sees a foreign instance, not how often that came back against a committed claim',
    file: 'rival.ts',
    find: 'const isRound = rival?.beaten === true',
    replace: 'const isRound = rival !== undefined',
    also: [{ file: 'rival.ts', find: ' && draft.ms - firstRoundAt >= rivalRoundsMs', replace: '' }],
    scenario: 'foreign-post.txt'
  },
  {
    name: 'one-post-ends-it',
    story: 'whoever posts a row in the name of a Manager with another instance ends it for good',
    file: 'rival.ts',
    find: 'if (firstRoundAt !== undefined && rounds >= rivalRounds && draft.ms - firstRoundAt >= rivalRoundsMs)\n    return',
    replace: 'if (rival === undefined) return',
    scenario: 'foreign-post.txt'
  },
  {
    name: 'lease-kept-on-a-foreign-instance',
    story: 'a row in our name that another process made leaves the lease as it was',
    file: 'rival.ts',
    find: 'lease: role.lease && { ...role.lease, over: true },',
    replace: '',
    scenario: 'foreign-post.txt'
  },
  {
    name: 'silent-while-contested',
    story: 'while a claim waits for its time nothing keeps the row fresh, and it is swept',
    file: 'tick-questions.ts',
    find: '  if (role.missing) return sendCreate(draft)\n  const silent',
    replace: "  if (draft.timer('rotate') < Number.POSITIVE_INFINITY) return draft.arm('tick', draft.timer('rotate'))\n  const silent",
    scenario: 'foreign-post.txt'
  },
  {
    name: 'claims-without-a-pause',
    story: 'two processes of one identity claim the row from each other as fast as they can',
    file: 'rival.ts',
    find: 'Math.max(draft.state.claimedAt + rivalRotateMs, claimDueAt(draft))',
    replace: 'claimDueAt(draft)',
    scenario: 'twin.txt'
  },
  {
    name: 'rivals-for-ever',
    story: 'a superseded process is let in again and again, and so is its successor',
    file: 'instances.ts',
    find: 'known.superseded.includes(instance) && isAlive(draft, known)',
    replace: 'false',
    scenario: 'twin-of-a-member.txt'
  },
  {
    name: 'dead-successor-believed',
    story: 'a JoinRequest that was long under way ends the process that came after its own',
    file: 'instances.ts',
    find: 'heardAt !== undefined && heardAt >= acceptedAt && draft.ms - heardAt <= heardMs',
    replace: 'acceptedAt <= draft.ms || heardAt !== undefined',
    scenario: 'twin-that-died-at-once.txt'
  },
  {
    name: 'commits-before-the-new-epoch',
    story: 'a Manager that was told another revision of its row goes on under the old one',
    file: 'lease.ts',
    find: " && state.role.kind === 'managing' && state.role.revision === state.document.order?.epoch",
    replace: ''
  }
]
