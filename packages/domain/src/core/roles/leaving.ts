/** On the way out (`leaving.ts`), and out. */
import { judge } from '../contacts.ts'
import {
  hurry,
  onGoodbyeAnswered,
  onGoodbyeDue,
  onHandedOver,
  onLeavingCreated,
  onLeavingDeleted,
  onLeavingWatch,
  onSuccessorDocument
} from '../goodbye.ts'
import { setAddresses } from '../own-addresses.ts'
import { accepted } from '../receive.ts'
import { ignore, notManager, type Rules } from './rules.ts'

export const leaving: Rules<'leaving'> = {
  on: {
    ...notManager,
    started: ignore,
    'row-read': ignore,
    'row-created': (draft, { no, outcome }) => onLeavingCreated(draft, no, outcome),
    'row-rotated': (draft, { no, outcome }) => onHandedOver(draft, no, outcome),
    'row-deleted': onLeavingDeleted,
    'watch-snapshot': (draft, { row }) => onLeavingWatch(draft, row),
    'watch-changed': (draft, { change, row }) => onLeavingWatch(draft, change === 'swept' || change === 'deleted' ? undefined : row),
    connected: ignore,
    'heartbeat-received': ignore,
    'join-answered': ignore,
    'leave-answered': (draft, { no }) => onGoodbyeAnswered(draft, no),
    'handover-hinted': ignore,
    'document-received': (draft, event) => onSuccessorDocument(draft, event.author, accepted(draft, event)),
    'leave-called': ignore,
    'leave-hurried': hurry,
    'loop-turned': (draft, { no }) => judge(draft, no),
    'addresses-set': setAddresses,
    'loop-lagged': ignore,
    'clock-jumped': ignore
  },
  due: { deadline: hurry, goodbye: onGoodbyeDue }
}

export const ended: Rules<'ended'> = {
  on: {
    ...notManager,
    started: ignore,
    'row-read': ignore,
    'row-created': ignore,
    'row-rotated': ignore,
    'row-deleted': ignore,
    'watch-snapshot': ignore,
    'watch-changed': ignore,
    connected: ignore,
    'heartbeat-received': ignore,
    'join-answered': ignore,
    'leave-answered': ignore,
    'handover-hinted': ignore,
    'document-received': ignore,
    'leave-called': ignore,
    'leave-hurried': ignore,
    'loop-turned': ignore,
    'addresses-set': ignore,
    'loop-lagged': ignore,
    'clock-jumped': ignore
  },
  due: {}
}
