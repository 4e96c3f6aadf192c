/**
 * The cluster protocol as one synchronous function: what happened, when, and what is to be done about it.
 *
 * Think of Discovery's row as a talking stick. Peers may want it, but only the row says who holds it; so this machine never crowns
 * itself: it asks, and it believes the answer. It reads no clock, rolls no dice, waits for nothing: time and chance come in, work goes out.
 *
 * An event is first taken note of, whatever the role; then the role decides (`roles/`). What each role does about each event is a table there.
 */

import { onAdmissionsDue } from './admission.ts'
import { allSeenNow, forgive, onConnected, onDisconnected, onGone, scan, seen, watches } from './contacts.ts'
import { onDeparturesDue, onLeaveAcknowledged } from './departures.ts'
import { Draft } from './draft.ts'
import type { Effect } from './effect.ts'
import type { Event, Now } from './events.ts'
import { pushNow } from './gossip.ts'
import { paceDials } from './haste.ts'
import { onHeartbeat } from './heartbeat.ts'
import type { Role } from './role.ts'
import { following } from './roles/following.ts'
import { ended, leaving } from './roles/leaving.ts'
import { managing } from './roles/managing.ts'
import { ignore, type Rules } from './roles/rules.ts'
import { starting } from './roles/starting.ts'
import { lateAlarmMs } from './settings.ts'
import type { State } from './state.ts'
import { tell } from './telling.ts'
import { noteLapse } from './tick.ts'
import { type CommonTimer, earliestTimer, isDue, type TimerName, timerNames } from './timers.ts'

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}

const roles: { readonly [K in Role['kind']]: Rules<K> } = { starting, managing, following, leaving, ended }

const common: { readonly [N in CommonTimer]: (draft: Draft) => void } = {
  admission: onAdmissionsDue,
  departure: onDeparturesDue,
  push: pushNow,
  scan,
  haste: ignore
}

export function step(state: State, event: Event, now: Now): Step {
  const draft = new Draft(state, now)
  takeNote(draft, event)
  if (event.type === 'woken') wake(draft)
  else decide(draft, event)
  noteLapse(draft)
  tell(draft)
  paceDials(draft)
  return { state: draft.state, effects: draft.effects }
}

/** What an event means whatever the role. */
function takeNote(draft: Draft, event: Event): void {
  switch (event.type) {
    case 'watch-up':
    case 'watch-down':
      return draft.set({ watchUp: event.type === 'watch-up' })
    case 'row-read':
    case 'row-created':
    case 'row-refreshed':
    case 'row-rotated':
    case 'row-deleted':
      return draft.set({ discoveryLost: event.outcome.kind === 'trouble' })
    case 'connected':
      return onConnected(draft, event.peer)
    case 'process-gone':
      return onGone(draft, event.peer)
    case 'disconnected': // a closed heartbeat stream is no loss: it is opened again in half a second
      return onDisconnected(draft, event.peer)
    case 'seen':
      return seen(draft, event.peer)
    case 'heartbeat-received':
      return onHeartbeat(draft, event)
    case 'leave-acknowledged':
      return onLeaveAcknowledged(draft, event.peer)
    case 'loop-lagged':
      return forgive(draft, event.ms)
    case 'clock-jumped':
      return allSeenNow(draft)
  }
}

// Each table is complete for its role, which the compiler can't see through the union of all of them.

function decide(draft: Draft, event: Event): void {
  const on = roles[draft.role.kind].on as Partial<Record<Event['type'], (draft: Draft, event: Event) => void>>
  on[event.type]?.(draft, event)
}

function handlerOf(draft: Draft, name: TimerName): ((draft: Draft) => void) | undefined {
  const due = roles[draft.role.kind].due as Partial<Record<TimerName, (draft: Draft) => void>>
  return due[name] ?? common[name as CommonTimer]
}

/** The one alarm went off: whatever is due, in the order of the table. */
function wake(draft: Draft): void {
  if (draft.role.kind === 'ended') return
  const lateMs = draft.ms - nextDeadline(draft.state)
  if (lateMs >= lateAlarmMs) forgive(draft, lateMs)
  for (const name of timerNames) {
    if (!isDue(draft.state, name, draft.ms)) continue
    draft.disarm(name)
    handlerOf(draft, name)?.(draft)
  }
}

/** When (monotonic ms) the core next wants a `woken`; Infinity after the end. */
export function nextDeadline(state: State): number {
  if (state.role.kind === 'ended') return Number.POSITIVE_INFINITY
  return earliestTimer(state, watches(state) ? undefined : 'scan')
}
