/**
 * The cluster protocol as one synchronous function: what happened, when, and what is to be done about it.
 *
 * Think of Discovery's row as a talking stick. Peers may want it, but only the row says who holds it; so this machine never crowns
 * itself: it asks, and it believes the answer. It reads no clock, rolls no dice, waits for nothing: time and chance come in, work goes out.
 */
import { assertNever } from '@auki/canonical'
import {
  admissionDeadline,
  onAdmitCalled,
  onAllowListSet,
  onGateAnswered,
  onJoinAbandoned,
  onJoinRequested,
  wakeAdmissions
} from './admission.ts'
import { bootstrapDeadline, onBootstrapRead, startBootstrap, wakeBootstrap } from './bootstrap.ts'
import { onBootstrapClaimed, onBootstrapCreated } from './bootstrap-commit.ts'
import { onBootstrapAnswered, onBootstrapConnected } from './bootstrap-join.ts'
import { allSeenNow, forgive, judge, onConnected, onDisconnected, onHeartbeat, scan, watchlist } from './contacts.ts'
import { onLeaveAcknowledged, onLeaveRequested, wakeDepartures } from './departures.ts'
import { Draft } from './draft.ts'
import type { Effect, Event, Now, PeerId } from './events.ts'
import {
  followerDeadline,
  onClaimed,
  onFollowerCreated,
  onManagerHeard,
  onManagerLost,
  onRejoinAnswered,
  wakeFollower
} from './follower.ts'
import { onDeleted } from './giving-up.ts'
import { gossipDeadline, onMemberConnected, onShownVersion, wakeGossip } from './gossip.ts'
import { lapsesAt } from './lease.ts'
import {
  hurry,
  leavingDeadline,
  onGoodbyeAnswered,
  onHandedOver,
  onLeaveCalled,
  onLeavingCreated,
  onLeavingDeleted,
  wakeLeaving
} from './leaving.ts'
import { onMembersLost } from './manager.ts'
import { onDocument, onFollowerRead } from './receive.ts'
import { onRejoinConnected } from './rejoin.ts'
import type { State } from './state.ts'
import { tell } from './telling.ts'
import { noteLapse, onTickCreated, onTickRead, onTickWritten, tickAtOnce, tickDeadline, wakeTick } from './tick.ts'
import { onWatch } from './watching.ts'

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}

export function step(state: State, event: Event, now: Now): Step {
  const draft = new Draft(state, now)
  handle(draft, event)
  noteLapse(draft)
  tell(draft)
  return { state: draft.state, effects: draft.effects }
}

function handle(draft: Draft, event: Event): void {
  switch (event.type) {
    case 'started':
      return startBootstrap(draft)
    case 'woken':
      return onWoken(draft)
    case 'row-read':
    case 'row-created':
    case 'row-refreshed':
    case 'row-rotated':
    case 'row-deleted':
      return onDiscoveryAnswer(draft, event)
    case 'watch-up':
    case 'watch-down':
      return draft.set({ watchUp: event.type === 'watch-up' })
    case 'watch-snapshot':
      return onWatch(draft, 'snapshot', event.row)
    case 'watch-changed':
      return onWatch(draft, event.change, event.row)
    case 'connected':
      onConnected(draft, event.peer)
      onBootstrapConnected(draft, event.peer)
      onRejoinConnected(draft, event.peer)
      return onMemberConnected(draft, event.peer)
    case 'disconnected':
      return onDisconnected(draft, event.peer)
    case 'heartbeat-stream-closed':
      return // a closed carrier is no loss: it is reopened in half a second
    case 'heartbeat-received':
      onHeartbeat(draft, event)
      onManagerHeard(draft, event.peer)
      return onShownVersion(draft, event.peer)
    case 'allow-list-set':
      return onAllowListSet(draft, event.no, event.error)
    case 'join-requested':
      return onJoinRequested(draft, event)
    case 'join-abandoned':
      return onJoinAbandoned(draft, event.ticket)
    case 'gate-answered':
      return onGateAnswered(draft, event.ticket, event.verdict)
    case 'join-answered':
      return onRejoinAnswered(draft, event.no, event.outcome) ? undefined : onBootstrapAnswered(draft, event.no, event.outcome)
    case 'leave-requested':
      return onLeaveRequested(draft, event.ticket, event.peer)
    case 'leave-acknowledged':
      return onLeaveAcknowledged(draft, event.peer)
    case 'leave-answered':
      return onGoodbyeAnswered(draft, event.no)
    case 'document-received':
      return onDocument(draft, event)
    case 'admit-called':
      return onAdmitCalled(draft, event)
    case 'leave-called':
      return onLeaveCalled(draft)
    case 'leave-hurried':
      onLeaveCalled(draft)
      return hurry(draft)
    case 'loop-lagged':
      return forgive(draft, event.ms)
    case 'loop-turned':
      return onVerdict(draft, judge(draft, event.no))
    case 'clock-jumped':
      allSeenNow(draft)
      return tickAtOnce(draft)
    default:
      return assertNever(event)
  }
}

/** Whose question it was is in its number: every role ignores what it did not ask. */
function onDiscoveryAnswer(draft: Draft, event: Extract<Event, { type: `row-${string}` }>): void {
  draft.set({ discoveryLost: event.outcome.kind === 'trouble' })
  switch (event.type) {
    case 'row-read':
      onBootstrapRead(draft, event.no, event.outcome, event.versioned)
      onTickRead(draft, event.no, event.outcome)
      return onFollowerRead(draft, event.no, event.outcome)
    case 'row-created':
      onBootstrapCreated(draft, event.no, event.outcome)
      onTickCreated(draft, event.no, event.outcome)
      onLeavingCreated(draft, event.no, event.outcome)
      return onFollowerCreated(draft, event.no, event.outcome)
    case 'row-refreshed':
      return onTickWritten(draft, event.no, 'refresh', event.outcome)
    case 'row-rotated':
      onBootstrapClaimed(draft, event.no, event.outcome)
      onHandedOver(draft, event.no, event.outcome)
      onTickWritten(draft, event.no, 'rotate', event.outcome)
      return onClaimed(draft, event.no, event.outcome)
    case 'row-deleted':
      onDeleted(draft, event.no, event.outcome.kind === 'done')
      return onLeavingDeleted(draft, event)
    default:
      return assertNever(event)
  }
}

function onVerdict(draft: Draft, lost: readonly PeerId[]): void {
  if (draft.managing() !== undefined) onMembersLost(draft, lost)
  else for (const peer of lost) onManagerLost(draft, peer)
}

// An alarm this late means that the machine did not listen meanwhile either.
const lateAlarmMs = 250

function onWoken(draft: Draft): void {
  if (draft.state.role.kind === 'ended') return
  const lateMs = draft.ms - nextDeadline(draft.state)
  if (lateMs >= lateAlarmMs) forgive(draft, lateMs)
  wakeBootstrap(draft)
  wakeTick(draft)
  wakeFollower(draft)
  wakeAdmissions(draft)
  wakeDepartures(draft)
  wakeGossip(draft)
  wakeLeaving(draft)
  if (draft.ms >= draft.state.scanAt) scan(draft)
}

/** When (monotonic ms) the core next wants a `woken`; Infinity after the end. */
export function nextDeadline(state: State): number {
  if (state.role.kind === 'ended') return Number.POSITIVE_INFINITY
  const scanAt = watchlist(state).length > 0 ? state.scanAt : Number.POSITIVE_INFINITY
  const departures = state.departing.map(({ until }) => until)
  return Math.min(roleDeadline(state), admissionDeadline(state.admissions), gossipDeadline(state), scanAt, ...departures)
}

function roleDeadline(state: State): number {
  const { role } = state
  switch (role.kind) {
    case 'starting':
      return bootstrapDeadline(role, state.watchUp)
    case 'managing':
      return Math.min(tickDeadline(role), lapse(state))
    case 'following':
      return followerDeadline(role)
    case 'leaving':
      return leavingDeadline(role)
    case 'ended':
      return Number.POSITIVE_INFINITY
    default:
      return assertNever(role)
  }
}

/** The app is told when a lease lapses, so somebody must look at that moment. */
function lapse(state: State): number {
  const { role } = state
  if (role.kind !== 'managing' || role.lease === undefined || state.told.role !== 'manager') return Number.POSITIVE_INFINITY
  return lapsesAt(role.lease)
}
