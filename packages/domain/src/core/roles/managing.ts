/**
 * The Manager, confirmed or headless: it keeps its lease (`tick.ts`, `rival.ts`), lets peers in (`admission.ts`), evicts who fell silent (`suspects.ts`),
 * and spreads the document (`gossip.ts`).
 */
import { onAdmitCalled, onGateAnswered, onJoinAbandoned, onJoinRequested } from '../admission.ts'
import { judge } from '../contacts.ts'
import { onLeaveRequested } from '../departures.ts'
import { leaveInHurry, leaveRole } from '../goodbye.ts'
import { onMemberConnected, onShownVersion, repeatPush } from '../gossip.ts'
import { onForeignDocument, onManagerWatch } from '../manager.ts'
import { onManagerMoved } from '../own-addresses.ts'
import { onDoubtsDue, onMemberHeard, onMembersLost, onProcessGone, onWitnessAnswered } from '../suspects.ts'
import { onTickCreated, onTickRead, onTickWritten } from '../tick.ts'
import { onRotateDue, onTickDue, onTickUnanswered, tickAtOnce } from '../tick-questions.ts'
import { ignore, type Rules } from './rules.ts'

export const managing: Rules<'managing'> = {
  on: {
    started: ignore,
    'row-read': (draft, { no, outcome }) => onTickRead(draft, no, outcome),
    'row-created': (draft, { no, outcome }) => onTickCreated(draft, no, outcome),
    'row-refreshed': (draft, { no, outcome }) => onTickWritten(draft, no, 'refresh', outcome),
    'row-rotated': (draft, { no, outcome }) => onTickWritten(draft, no, 'rotate', outcome),
    'row-deleted': ignore,
    'watch-snapshot': (draft, { row }) => onManagerWatch(draft, 'snapshot', row),
    'watch-changed': (draft, { change, row }) => onManagerWatch(draft, change, row),
    connected: (draft, { peer }) => onMemberConnected(draft, peer),
    'heartbeat-received': (draft, { peer }) => {
      onMemberHeard(draft, peer)
      onShownVersion(draft, peer)
    },
    'process-gone': (draft, { peer }) => onProcessGone(draft, peer),
    'witness-answered': (draft, { no, peer, seen }) => onWitnessAnswered(draft, no, peer, seen),
    'join-requested': onJoinRequested,
    'join-abandoned': (draft, { ticket }) => onJoinAbandoned(draft, ticket),
    'gate-answered': (draft, { ticket, verdict }) => onGateAnswered(draft, ticket, verdict),
    'join-answered': ignore,
    'leave-requested': (draft, { ticket, peer }) => onLeaveRequested(draft, ticket, peer),
    'leave-answered': ignore,
    'handover-hinted': ignore,
    'document-received': onForeignDocument,
    'admit-called': onAdmitCalled,
    'leave-called': leaveRole,
    'leave-hurried': (draft) => leaveInHurry(draft, () => leaveRole(draft)),
    'loop-turned': (draft, { no }) => onMembersLost(draft, judge(draft, no)),
    'addresses-set': onManagerMoved,
    'loop-lagged': ignore,
    'clock-jumped': tickAtOnce
  },
  due: { answer: onTickUnanswered, rotate: onRotateDue, tick: onTickDue, lapse: ignore, repeat: repeatPush, doubt: onDoubtsDue }
}
