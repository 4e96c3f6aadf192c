/** On the way into a cluster: `bootstrap.ts` goes round until it is in, or its time is over. */
import { onBootstrapClaimed, onBootstrapCreated, onBootstrapRead, onStepOver, startBootstrap } from '../bootstrap.ts'
import { onBootstrapAnswered, onBootstrapConnected, onStartingMoved, pollRow } from '../bootstrap-join.ts'
import { onBootstrapWatch, onPolled } from '../bootstrap-watch.ts'
import { judge } from '../contacts.ts'
import { leaveInHurry, leaveStarting } from '../goodbye.ts'
import { accepted } from '../receive.ts'
import { ignore, notManager, type Rules } from './rules.ts'

export const starting: Rules<'starting'> = {
  on: {
    ...notManager,
    started: startBootstrap,
    'row-read': (draft, { no, outcome, versioned }) => {
      if (!onPolled(draft, no, outcome)) onBootstrapRead(draft, no, outcome, versioned)
    },
    'row-created': (draft, { no, outcome }) => onBootstrapCreated(draft, no, outcome),
    'row-rotated': (draft, { no, outcome }) => onBootstrapClaimed(draft, no, outcome),
    'row-deleted': ignore,
    'watch-snapshot': (draft, { row }) => onBootstrapWatch(draft, row === undefined ? { kind: 'absent' } : { kind: 'row', row }, row),
    'watch-changed': (draft, { change, row }) =>
      onBootstrapWatch(draft, change === 'swept' || change === 'deleted' ? { kind: 'absent' } : { kind: 'row', row }, row),
    connected: (draft, { peer }) => onBootstrapConnected(draft, peer),
    'heartbeat-received': ignore,
    'join-answered': (draft, { no, outcome }) => onBootstrapAnswered(draft, no, outcome),
    'leave-answered': ignore,
    'handover-hinted': ignore,
    'document-received': accepted,
    'leave-called': leaveStarting,
    'leave-hurried': (draft) => leaveInHurry(draft, () => leaveStarting(draft)),
    'loop-turned': (draft, { no }) => judge(draft, no),
    'addresses-set': onStartingMoved,
    'loop-lagged': ignore,
    'clock-jumped': ignore
  },
  due: { step: onStepOver, poll: pollRow }
}
