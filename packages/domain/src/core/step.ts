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
import { Turn } from './turn.ts'
import { onWatch } from './watching.ts'

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}

export function step(state: State, event: Event, now: Now): Step {
  const turn = new Turn(state, now)
  handle(turn, event)
  noteLapse(turn)
  tell(turn)
  return { state: turn.state, effects: turn.effects }
}

function handle(turn: Turn, event: Event): void {
  switch (event.type) {
    case 'started':
      return startBootstrap(turn)
    case 'woken':
      return onWoken(turn)
    case 'row-read':
    case 'row-created':
    case 'row-refreshed':
    case 'row-rotated':
    case 'row-deleted':
      return onDiscoveryAnswer(turn, event)
    case 'watch-up':
    case 'watch-down':
      return turn.set({ watchUp: event.type === 'watch-up' })
    case 'watch-snapshot':
      return onWatch(turn, 'snapshot', event.row)
    case 'watch-changed':
      return onWatch(turn, event.change, event.row)
    case 'connected':
      onConnected(turn, event.peer)
      onBootstrapConnected(turn, event.peer)
      onRejoinConnected(turn, event.peer)
      return onMemberConnected(turn, event.peer)
    case 'disconnected':
      return onDisconnected(turn, event.peer)
    case 'heartbeat-stream-closed':
      return // a closed carrier is no loss: it is reopened in half a second
    case 'heartbeat-received':
      onHeartbeat(turn, event)
      onManagerHeard(turn, event.peer)
      return onShownVersion(turn, event.peer)
    case 'allow-list-set':
      return onAllowListSet(turn, event.no, event.error)
    case 'join-requested':
      return onJoinRequested(turn, event)
    case 'join-abandoned':
      return onJoinAbandoned(turn, event.ticket)
    case 'gate-answered':
      return onGateAnswered(turn, event.ticket, event.verdict)
    case 'join-answered':
      return onRejoinAnswered(turn, event.no, event.outcome) ? undefined : onBootstrapAnswered(turn, event.no, event.outcome)
    case 'leave-requested':
      return onLeaveRequested(turn, event.ticket, event.peer)
    case 'leave-acknowledged':
      return onLeaveAcknowledged(turn, event.peer)
    case 'leave-answered':
      return onGoodbyeAnswered(turn, event.no)
    case 'document-received':
      return onDocument(turn, event)
    case 'admit-called':
      return onAdmitCalled(turn, event)
    case 'leave-called':
      return onLeaveCalled(turn)
    case 'leave-hurried':
      onLeaveCalled(turn)
      return hurry(turn)
    case 'loop-lagged':
      return forgive(turn, event.ms)
    case 'loop-turned':
      return onVerdict(turn, judge(turn, event.no))
    case 'clock-jumped':
      allSeenNow(turn)
      return tickAtOnce(turn)
    default:
      return assertNever(event)
  }
}

/** Whose question it was is in its number: every role ignores what it did not ask. */
function onDiscoveryAnswer(turn: Turn, event: Extract<Event, { type: `row-${string}` }>): void {
  turn.set({ discoveryLost: event.outcome.kind === 'trouble' })
  switch (event.type) {
    case 'row-read':
      onBootstrapRead(turn, event.no, event.outcome, event.versioned)
      onTickRead(turn, event.no, event.outcome)
      return onFollowerRead(turn, event.no, event.outcome)
    case 'row-created':
      onBootstrapCreated(turn, event.no, event.outcome)
      onTickCreated(turn, event.no, event.outcome)
      onLeavingCreated(turn, event.no, event.outcome)
      return onFollowerCreated(turn, event.no, event.outcome)
    case 'row-refreshed':
      return onTickWritten(turn, event.no, 'refresh', event.outcome)
    case 'row-rotated':
      onBootstrapClaimed(turn, event.no, event.outcome)
      onHandedOver(turn, event.no, event.outcome)
      onTickWritten(turn, event.no, 'rotate', event.outcome)
      return onClaimed(turn, event.no, event.outcome)
    case 'row-deleted':
      onDeleted(turn, event.no, event.outcome.kind === 'done')
      return onLeavingDeleted(turn, event)
    default:
      return assertNever(event)
  }
}

function onVerdict(turn: Turn, lost: readonly PeerId[]): void {
  if (turn.managing() !== undefined) onMembersLost(turn, lost)
  else for (const peer of lost) onManagerLost(turn, peer)
}

// An alarm this late means that the machine did not listen meanwhile either.
const lateAlarmMs = 250

function onWoken(turn: Turn): void {
  if (turn.state.role.kind === 'ended') return
  const lateMs = turn.ms - nextDeadline(turn.state)
  if (lateMs >= lateAlarmMs) forgive(turn, lateMs)
  wakeBootstrap(turn)
  wakeTick(turn)
  wakeFollower(turn)
  wakeAdmissions(turn)
  wakeDepartures(turn)
  wakeGossip(turn)
  wakeLeaving(turn)
  if (turn.ms >= turn.state.scanAt) scan(turn)
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
