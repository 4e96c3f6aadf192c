/**
 * What the Manager asks Discovery, one question at a time: a liveness check each interval, a create where the row is missing, a claim where another process
 * of its identity is in the row. What the answers mean is in `tick.ts`.
 */
import type { Draft } from './draft.ts'
import { livenessIntervalMs } from './lease.ts'
import { isMoveDue } from './own-addresses.ts'
import { noteWrite, writeDueAt } from './pace.ts'
import { claimDueAt } from './rival.ts'
import type { Managing, TickQuestion } from './role.ts'
import { discoveryRequestMs, livenessLateMs, rivalRotateMs, silentDiscoveryMs } from './settings.ts'
import { isDue } from './timers.ts'

/** No longer waited for; but a 200 that still comes renews from its own send. */
export function onTickUnanswered(draft: Draft<Managing>): void {
  const { ask } = draft.role
  if (ask === undefined) return
  const late = draft.role.late.filter((old) => draft.ms - old.sentAt.monoMs < livenessLateMs)
  const renews = ask.what === 'refresh' || ask.what === 'rotate'
  draft.manage({ ask: undefined, late: renews ? [...late, ask] : late })
  draft.disarm('answer')
}

/** Ask soon; one question at a time. */
export function tickAtOnce(draft: Draft<Managing>): void {
  draft.arm('tick', Math.min(draft.timer('tick'), writeDueAt(draft)))
  askIfDue(draft)
}

/** The next question, where its time has come and none is under way. */
export function askIfDue(draft: Draft<Managing>): void {
  if (isDue(draft.state, 'answer', draft.ms)) onTickUnanswered(draft)
  if (isDue(draft.state, 'rotate', draft.ms)) onRotateDue(draft)
  if (isDue(draft.state, 'tick', draft.ms)) onTickDue(draft)
}

/** Our other process is in the row: claim it back, once it is there again. */
export function onRotateDue(draft: Draft<Managing>): void {
  const { missing } = draft.role
  const dueAt = claimDueAt(draft)
  if (missing || dueAt > draft.ms) draft.arm('rotate', missing ? draft.ms : dueAt)
  if (missing) sendCreate(draft)
  else if (dueAt <= draft.ms) {
    draft.arm('rotate', draft.ms + rivalRotateMs)
    sendRotate(draft)
  }
}

export function onTickDue(draft: Draft<Managing>): void {
  const { role } = draft
  if (role.missing) return sendCreate(draft)
  const silent = draft.ms - role.answeredAt >= silentDiscoveryMs
  if (silent) sendRead(draft)
  else if (isMoveDue(draft)) sendRotate(draft)
  else sendRefresh(draft)
}

/** A question of the tick; the next one is due an interval later. */
function ask(draft: Draft<Managing>, what: TickQuestion, intervalMs: number, patienceMs: number): number {
  const asked = { ...draft.ask('answer', patienceMs), what }
  draft.manage({ ask: asked })
  draft.arm('tick', draft.ms + intervalMs)
  return asked.no
}

function sendRefresh(draft: Draft<Managing>): void {
  const { lease, revision } = draft.role
  const intervalMs = livenessIntervalMs(lease)
  const no = ask(draft, 'refresh', intervalMs, intervalMs)
  noteWrite(draft, intervalMs)
  const { clusterName: name, document } = draft.state
  draft.emit({ type: 'refresh-row', no, name, revision, peerCount: document.peers.length, timeoutMs: livenessLateMs })
}

function sendRotate(draft: Draft<Managing>): void {
  const { lease, revision } = draft.role
  const intervalMs = livenessIntervalMs(lease)
  const no = ask(draft, 'rotate', intervalMs, intervalMs)
  draft.set({ claimedAt: draft.ms })
  noteWrite(draft, 0)
  const { clusterName: name, relayMultiaddrs } = draft.state
  draft.emit({ type: 'rotate-row', no, name, revision, relayMultiaddrs, timeoutMs: livenessLateMs })
}

/** A row nobody can hold must be swept: look without refreshing until Discovery answers in time. */
function sendRead(draft: Draft<Managing>): void {
  const no = ask(draft, 'read', livenessIntervalMs(undefined), discoveryRequestMs)
  draft.emit({ type: 'read-row', no, name: draft.state.clusterName, timeoutMs: discoveryRequestMs })
}

function sendCreate(draft: Draft<Managing>): void {
  const intervalMs = livenessIntervalMs(draft.role.lease)
  const no = ask(draft, 'create', intervalMs, discoveryRequestMs)
  draft.manage({ missing: false })
  noteWrite(draft, intervalMs)
  const { clusterName: name, relayMultiaddrs } = draft.state
  draft.emit({ type: 'create-row', no, name, relayMultiaddrs, timeoutMs: discoveryRequestMs })
}
