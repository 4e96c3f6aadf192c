/** Bugs to plant: each takes one rule out of the core, and the simulated world has to notice. */
import type { Mutant } from '@auki/testkit/sim'

export const mutants: readonly Mutant[] = [
  {
    name: 'any-answer-will-do',
    story: 'the answer to an older liveness check is taken for the present one, and counted from the later send',
    file: 'tick.ts',
    find: 'ask.no !== no || ',
    replace: ''
  },
  {
    name: 'accept-is-always-news',
    story: 'an Accept of a reign below the row is adopted',
    file: 'join-attempt.ts',
    find: 'document.order.epoch < revision',
    replace: 'false'
  },
  {
    name: 'deaf-while-reading',
    story: 'a newcomer overlooks how many the row was of when an event tells it',
    file: 'bootstrap-watch.ts',
    find: 'if (last !== undefined && last.peerCount > 1) draft.start({ severalSeen: true })',
    replace: ''
  },
  {
    name: 'two-identities',
    story: 'a second process of the same identity holds the row, and the first goes on as if it were its own',
    file: 'rival.ts',
    find: "row.instance !== '' && row.instance !== draft.state.self.instance",
    replace: 'false'
  },
  {
    name: 'observer-elected',
    story: 'an observer creates the row',
    file: 'election.ts',
    find: 'if (mayReign(draft)) createRow(draft)',
    replace: 'if (true) createRow(draft)'
  },
  {
    name: 'settled-by-a-ghost',
    story: 'a heartbeat settles though the row was seen gone or with another meanwhile',
    file: 'follower.ts',
    find: 'heartbeatSettles: !restarted && !anew',
    replace: 'heartbeatSettles: true'
  },
  {
    name: 'no-goodbye-needed',
    story: 'a leaver is acknowledged and stays in the document',
    file: 'departures.ts',
    find: 'acknowledged && dropFromDocument(draft, [peer])',
    replace: 'false'
  },
  {
    name: 'no-second-look',
    story: 'an unsettled follower reads the row once and never again',
    file: 'follower.ts',
    find: '  // Come back even if no answer does.\n  lookLater(draft)\n',
    replace: "  if (stance.kind === 'looking') return\n  lookLater(draft)\n"
  },
  {
    name: 'lease-from-the-answer',
    story: 'a lease counted from the answer outlives the row by the time the answer took',
    file: 'promotion.ts',
    find: 'lease: leaseFrom(sentAt, row)',
    replace: 'lease: leaseFrom(draft.now, row)'
  },
  {
    name: 'renewed-from-the-answer',
    story: 'the same for a renewal',
    file: 'tick.ts',
    find: 'const lease = leaseFrom(sentAt, row, ',
    replace: 'const lease = leaseFrom(draft.now, row, '
  },
  {
    name: 'lease-longer-than-the-row',
    story: 'the row is swept and created again while the old Manager still believes in its lease',
    file: 'settings.ts',
    find: 'leaseShare = 0.99',
    replace: 'leaseShare = 1.3'
  },
  {
    name: 'claim-without-revision',
    story: 'a rotate that does not say which reign it ends overwrites whoever reigns',
    file: 'election.ts',
    find: 'name, revision, relayMultiaddrs',
    replace: 'name, revision: undefined, relayMultiaddrs'
  },
  {
    name: 'lower-reign-ignored',
    story: 'a directory that came back with its clock behind freezes the documents of settled followers for ever',
    file: 'receive.ts',
    find: "event.author === slotOf(draft.state) && document.order.epoch < draft.state.floor.epoch && draft.urged('floor')",
    replace: 'false'
  },
  {
    name: 'reign-without-epoch',
    story: 'a lease under a revision that never became the epoch of a document: joiners refuse it as stale for ever',
    file: 'tick.ts',
    find: 'if (row.revision === draft.state.document.order?.epoch) return',
    replace: 'if (row.revision === role.revision) return'
  },
  {
    name: 'late-answers-lost',
    story: 'each liveness check commits, and its answer comes just too late: a row that nobody holds',
    file: 'tick-questions.ts',
    find: 'late: renews ? [...late, ask] : late',
    replace: 'late',
    scenario: 'slow-discovery.txt'
  },
  {
    name: 'no-pause-between-rounds',
    story: 'a joiner that is told "not the manager" asks again and again without a pause',
    file: 'settings.ts',
    find: 'roundPauseMs = { first: 250, max: 2_000, jitter: 0.25 }',
    replace: 'roundPauseMs = { first: 5, max: 5, jitter: 0.25 }'
  },
  {
    name: 'reads-renew',
    story: 'reading my name in a row is taken for a proof',
    file: 'tick.ts',
    find: "if (outcome.kind === 'row') onRowInAnswer(draft, outcome.row, sentAt, () => tickAtOnce(draft))",
    replace: "if (outcome.kind === 'row') onRowInAnswer(draft, outcome.row, sentAt, () => renew(draft, outcome.row, sentAt))"
  },
  {
    name: 'stale-event-dethrones',
    story: 'a watch event from before my reign makes me step down',
    file: 'manager.ts',
    find: 'if (row.revision === undefined || row.revision <= placeOf(role.revision)) return',
    replace: ''
  },
  {
    name: 'no-dial-at-once',
    story: 'after a long cut the dial backoff stands at a minute, and a rejoin waits for it',
    file: 'join-attempt.ts',
    find: "  draft.emit({ type: 'dial', peer })\n",
    replace: ''
  },
  {
    name: 'every-wish-granted',
    story: 'documents that ask for a look at the row are granted each time',
    file: 'draft.ts',
    find: 'if (last !== undefined && this.ms - last < urgentMs) return false',
    replace: ''
  },
  {
    name: 'rejoin-where-it-was',
    story: 'a restarted Manager has other addresses, and the rejoin goes on dialling the old ones',
    file: 'rejoin.ts',
    find: 'old.peer === peer && old.revision === revision',
    replace: 'old.peer === peer'
  },
  {
    name: 'takes-back-what-it-gave-up',
    story: 'a Manager that was cut off gave up the row, the DELETE got lost, and it claims the row again',
    file: 'giving-up.ts',
    find: 'notClaimed(draft, gaveUp, row)\n  return true',
    replace: 'return row.instance !== draft.state.self.instance'
  },
  {
    name: 'cut-off-and-staying',
    story: 'a Manager that lost everybody at once keeps the row, and nobody can take over',
    file: 'suspects.ts',
    find: 'if (cutOff(draft, peer)) return giveUpRow(draft)',
    replace: ''
  },
  {
    name: 'observers-count',
    story: 'two viewers go home, and the Manager gives up the row though nobody could take it',
    file: 'giving-up.ts',
    find: 'others.filter(mayBeManager).length',
    replace: 'others.length'
  },
  {
    name: 'viewer-forgotten',
    story: 'a member comes back as an observer, the document goes on calling it a member, and the role is handed to it',
    file: 'admission.ts',
    find: '{ ...nameless, multiaddrs, observer, ...named(name) }',
    replace: '{ ...nameless, multiaddrs, ...named(name) }'
  },
  {
    name: 'handed-to-a-stranger',
    story: 'the role is handed to the eldest connected member, which may not follow me at all',
    file: 'goodbye.ts',
    find: 'contactOf(contacts, peer)?.shows?.epoch === document.order?.epoch',
    replace: 'true'
  },
  {
    name: 'anybody-may-author',
    story: 'a document is adopted without asking Discovery whether its author reigns',
    file: 'receive.ts',
    find: 'follows(state, author, document) || named(state, author, document)',
    replace: 'true'
  },
  {
    name: 'headless-evicts',
    story: 'a Manager whose lease has lapsed goes on evicting',
    file: 'suspects.ts',
    find: '  if (!mayCommit(draft.state, draft.now)) return\n  const suspects',
    replace: '  const suspects',
    also: [{ file: 'suspects.ts', find: ' || !mayCommit(draft.state, draft.now)) {', replace: ') {' }]
  },
  {
    name: 'headless-admits',
    story: 'a Manager whose lease has lapsed goes on admitting',
    file: 'admission.ts',
    find: "  if (!mayCommit(draft.state, draft.now)) return { why: 'not-manager' }\n  if (isOneTooMany",
    replace: '  if (isOneTooMany'
  },
  {
    name: 'outsider-first',
    story: 'a waiting joiner creates the row at once when it goes, and all members lose their join times',
    file: 'bootstrap.ts',
    find: 'role.severalSeen && draft.ms < graceEnds',
    replace: 'false'
  },
  {
    name: 'restart-unnoticed',
    story: 'a Manager restarts under a new reign without us, and we stay settled behind it',
    file: 'rows.ts',
    find: 'row.revision > order.epoch',
    replace: 'false'
  },
  {
    name: 'living-manager-displaced',
    story: 'a Manager that only lost Discovery is still heard, and loses its place',
    file: 'former.ts',
    find: '?.gone === true) return withoutMember',
    replace: ' !== undefined) return withoutMember'
  }
]
