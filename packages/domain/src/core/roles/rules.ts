/**
 * What a role does about each event and each timer of its own: a table per role, complete by its type. A new event is a type error in every role
 * until each has said what it does about it.
 */
import { onAdmitCalled, onJoinRequested } from '../admission.ts'
import type { Draft } from '../draft.ts'
import type { Event } from '../events.ts'
import type { Role, RoleOf } from '../role.ts'
import type { RoleTimers } from '../timers.ts'

/** Events that mean the same in every role: `step.ts` handles them. */
export type CommonEventType =
  | 'woken'
  | 'watch-up'
  | 'watch-down'
  | 'disconnected'
  | 'heartbeat-stream-closed'
  | 'seen'
  | 'leave-acknowledged'

export type RoleEventType = Exclude<Event['type'], CommonEventType>

export type EventOf<T extends Event['type'], E extends Event = Event> = E extends unknown ? (T extends E['type'] ? E : never) : never

export interface Rules<K extends Role['kind']> {
  readonly on: { readonly [T in RoleEventType]: (draft: Draft<RoleOf<K>>, event: EventOf<T>) => void }
  readonly due: { readonly [N in RoleTimers[K]]: (draft: Draft<RoleOf<K>>) => void }
}

export const ignore = (): void => {}

/** What is a Manager's to decide: the others say so. */
export const notManager = {
  'join-requested': onJoinRequested,
  'join-abandoned': ignore,
  'gate-answered': ignore,
  'admit-called': onAdmitCalled,
  'leave-requested': (draft: Draft, { ticket }: EventOf<'leave-requested'>): void =>
    draft.emit({ type: 'answer-leave', ticket, acknowledged: false }),
  'row-refreshed': ignore,
  'process-gone': ignore,
  'witness-answered': ignore
}
