/**
 * Behind the Manager, or looking for it: what it makes of the row (`follower.ts`), elections (`election.ts`), getting back in (`rejoin.ts`), documents
 * (`receive.ts`, `adopt.ts`), and a row given up (`giving-up.ts`).
 */
import { onFollowerLagged, onFollowerMoved, onFollowerWoke } from '../anew.ts'
import { judge } from '../contacts.ts'
import {
  onAnybodyConnected,
  onFollowerWatch,
  onLateLiveness,
  onManagerHeard,
  onManagerLost,
  onReadUnanswered,
  onRejoinAnswered,
  onStanceOver
} from '../follower.ts'
import { onClaimed, onCommitUnanswered, onFollowerCreated } from '../follower-commit.ts'
import { onDeleted } from '../giving-up.ts'
import { leaveInHurry, leaveManager } from '../goodbye.ts'
import { onFollowerDocument, onFollowerRead, onHandoverHint } from '../receive.ts'
import { onRejoinConnected, onRejoinDue } from '../rejoin.ts'
import { ignore, notManager, type Rules } from './rules.ts'

export const following: Rules<'following'> = {
  on: {
    ...notManager,
    started: ignore,
    'row-read': (draft, { no, outcome }) => onFollowerRead(draft, no, outcome),
    'row-created': (draft, { no, outcome }) => onFollowerCreated(draft, no, outcome),
    'row-rotated': (draft, { no, outcome }) => onClaimed(draft, no, outcome),
    'row-refreshed': (draft, { outcome }) => onLateLiveness(draft, outcome),
    'row-deleted': (draft, { no, outcome }) => onDeleted(draft, no, outcome.kind === 'done'),
    'watch-snapshot': (draft, { row }) => onFollowerWatch(draft, 'snapshot', row),
    'watch-changed': (draft, { change, row }) => onFollowerWatch(draft, change, row),
    connected: (draft, { peer }) => {
      onRejoinConnected(draft, peer)
      onAnybodyConnected(draft)
    },
    'heartbeat-received': (draft, { peer }) => onManagerHeard(draft, peer),
    'join-answered': (draft, { no, outcome }) => onRejoinAnswered(draft, no, outcome),
    'leave-answered': ignore,
    'handover-hinted': (draft, { peer }) => onHandoverHint(draft, peer),
    'document-received': onFollowerDocument,
    'leave-called': leaveManager,
    'leave-hurried': (draft) => leaveInHurry(draft, () => leaveManager(draft)),
    'loop-turned': (draft, { no }) => {
      for (const peer of judge(draft, no)) onManagerLost(draft, peer)
    },
    'addresses-set': onFollowerMoved,
    'loop-lagged': (draft, { ms }) => onFollowerLagged(draft, ms),
    'clock-jumped': onFollowerWoke
  },
  due: { read: onReadUnanswered, commit: onCommitUnanswered, stance: onStanceOver, rejoin: onRejoinDue }
}
