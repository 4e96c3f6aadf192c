/**
 * The Manager's liveness tick: the lease's heartbeat at Discovery, and what each answer means.
 *
 *   200 or 412 naming another   step down to it
 *   naming us in another process   the lease is gone, claim the row back (`rival.ts`)
 *   200 naming us               renew, counted from the send
 *   412 naming us               take that revision, ask again at once
 *   404                         create the row again
 *   trouble                     keep asking; the lease runs out by itself
 *
 * What is asked "at once" still waits where it would be a second write within an interval: these answers can go round in a ring.
 */

import type { Draft } from './draft.ts'
import type { CreateOutcome, Now, ReadOutcome, Row, WriteOutcome } from './events.ts'
import { author, pushSoon } from './gossip.ts'
import { confirmed, isManager, leaseFrom, livenessIntervalMs } from './lease.ts'
import { dialMembers } from './membership.ts'
import { noteWrite, writeDueAt, writeHolds } from './pace.ts'
import { stepDown } from './promotion.ts'
import { beatRivals, claimDueAt, isForeign, meetRival } from './rival.ts'
import { noteAnswer } from './rows.ts'
import { discoveryRequestMs, livenessLateMs, rivalRotateMs, silentDiscoveryMs } from './settings.ts'
import type { Ask, Managing, Tick, TickQuestion } from './state.ts'

export function tickDeadline(role: Managing): number {
  return role.tick.ask === undefined ? Math.min(role.tick.nextAt, role.rotateAt) : role.tick.ask.until
}

/** Whatever the wall clock does after that: only an answer makes it Manager again. */
export function noteLapse(draft: Draft): void {
  const lease = draft.managing()?.lease
  if (lease !== undefined && !lease.over && !confirmed(lease, draft.now)) draft.manage({ lease: { ...lease, over: true } })
}

function setTick(draft: Draft, patch: Partial<Tick>): void {
  const role = draft.managing()
  if (role !== undefined) draft.manage({ tick: { ...role.tick, ...patch } })
}

export function wakeTick(draft: Draft): void {
  const role = draft.managing()
  if (role === undefined) return
  if (role.tick.ask !== undefined && draft.ms >= role.tick.ask.until) giveUpWaiting(draft, role.tick.ask)
  const now = draft.managing()!
  if (now.tick.ask === undefined && draft.ms >= tickDeadline(now)) sendTick(draft)
}

/** No longer waited for; but a 200 that still comes renews from its own send. */
function giveUpWaiting(draft: Draft, ask: Ask & { readonly what: TickQuestion }): void {
  const late = draft.managing()!.tick.late.filter((old) => draft.ms - old.sentAt.monoMs < livenessLateMs)
  const renews = ask.what === 'refresh' || ask.what === 'rotate'
  setTick(draft, { ask: undefined, late: renews ? [...late, { no: ask.no, sentAt: ask.sentAt, what: ask.what }] : late })
}

/** Ask soon; one question at a time. */
export function tickAtOnce(draft: Draft): void {
  const tick = draft.managing()?.tick
  if (tick !== undefined) setTick(draft, { nextAt: Math.min(tick.nextAt, writeDueAt(draft)) })
  wakeTick(draft)
}

function createSoon(draft: Draft): void {
  setTick(draft, { missing: true })
  tickAtOnce(draft)
}

function sendTick(draft: Draft): void {
  const role = draft.managing()!
  if (role.tick.missing) return sendCreate(draft)
  if (draft.ms >= role.rotateAt && !waitsToRotate(draft, role)) return sendRotate(draft, role)
  if (draft.ms < role.tick.nextAt) return
  const silent = !confirmed(role.lease, draft.now) && draft.ms - role.tick.answeredAt >= silentDiscoveryMs
  if (silent) sendRead(draft)
  else sendRefresh(draft, role)
}

function sendRefresh(draft: Draft, role: Managing): void {
  const intervalMs = livenessIntervalMs(role.lease)
  const ask = { ...draft.ask(intervalMs), what: 'refresh' as const }
  setTick(draft, { ask, nextAt: draft.ms + intervalMs })
  noteWrite(draft, intervalMs)
  draft.emit({
    type: 'refresh-row',
    no: ask.no,
    name: draft.state.clusterName,
    revision: role.revision,
    peerCount: draft.state.document.peers.length,
    timeoutMs: livenessLateMs
  })
}

function waitsToRotate(draft: Draft, role: Managing): boolean {
  const dueAt = claimDueAt(draft, role)
  if (dueAt > draft.ms) draft.manage({ rotateAt: dueAt })
  return dueAt > draft.ms
}

/** Our other process is in the row: claim it back. */
function sendRotate(draft: Draft, role: Managing): void {
  const intervalMs = livenessIntervalMs(role.lease)
  const ask = { ...draft.ask(intervalMs), what: 'rotate' as const }
  setTick(draft, { ask, nextAt: draft.ms + intervalMs })
  draft.manage({ rotateAt: draft.ms + rivalRotateMs })
  draft.set({ claimedAt: draft.ms })
  noteWrite(draft, 0)
  draft.emit({
    type: 'rotate-row',
    no: ask.no,
    name: draft.state.clusterName,
    revision: role.revision,
    relayMultiaddrs: draft.state.relayMultiaddrs,
    timeoutMs: livenessLateMs
  })
}

/** A row nobody can hold must be swept: look without refreshing until Discovery answers in time. */
function sendRead(draft: Draft): void {
  const ask = { ...draft.ask(), what: 'read' as const }
  setTick(draft, { ask, nextAt: draft.ms + livenessIntervalMs(undefined) })
  draft.emit({ type: 'read-row', no: ask.no, name: draft.state.clusterName, timeoutMs: discoveryRequestMs })
}

function sendCreate(draft: Draft): void {
  const intervalMs = livenessIntervalMs(draft.managing()!.lease)
  const ask = { ...draft.ask(), what: 'create' as const }
  setTick(draft, { ask, missing: false, nextAt: draft.ms + intervalMs })
  noteWrite(draft, intervalMs)
  draft.emit({
    type: 'create-row',
    no: ask.no,
    name: draft.state.clusterName,
    relayMultiaddrs: draft.state.relayMultiaddrs,
    timeoutMs: discoveryRequestMs
  })
}

/** The question this answer belongs to, no longer outstanding. */
function answered(draft: Draft, no: number, what: TickQuestion, trouble: boolean): Now | undefined {
  const tick = draft.managing()?.tick
  if (tick?.ask === undefined || tick.ask.no !== no || tick.ask.what !== what) return undefined
  const { sentAt } = tick.ask
  setTick(draft, { ask: undefined, ...(trouble ? {} : { answeredAt: draft.ms }) })
  return sentAt
}

/** A liveness check or a claim of ours was answered. */
export function onTickWritten(draft: Draft, no: number, what: 'refresh' | 'rotate', outcome: WriteOutcome): void {
  const sentAt = answered(draft, no, what, outcome.kind === 'trouble')
  if (sentAt === undefined) return onLateAnswer(draft, no, outcome)
  switch (outcome.kind) {
    case 'ok':
      return onRowInAnswer(draft, outcome.row, sentAt, () => {
        writeHolds(draft)
        renew(draft, outcome.row, sentAt)
      })
    case 'conflict':
      return onRowInAnswer(draft, outcome.row, sentAt, () => takeRevision(draft, outcome.row))
    case 'absent':
      return createSoon(draft)
    case 'trouble':
      return wakeTick(draft)
  }
}

/** A late 200 of the same reign: otherwise a round trip just over the timeout would keep a row fresh that nobody holds. */
function onLateAnswer(draft: Draft, no: number, outcome: WriteOutcome): void {
  const role = draft.managing()
  const question = role?.tick.late.find((old) => old.no === no)
  if (role === undefined || question === undefined) return
  setTick(draft, {
    late: role.tick.late.filter((old) => old !== question),
    ...(outcome.kind === 'trouble' ? {} : { answeredAt: draft.ms })
  })
  if (outcome.kind !== 'ok' || outcome.row.manager !== draft.me) return
  const isNewer = (outcome.row.revision ?? 0) > (role.revision ?? 0)
  if (outcome.row.revision !== role.revision && !(question.what === 'rotate' && isNewer)) return
  if (draft.ms - question.sentAt.monoMs > livenessLateMs) return
  onRowInAnswer(draft, outcome.row, question.sentAt, () => renew(draft, outcome.row, question.sentAt))
}

export function onTickRead(draft: Draft, no: number, outcome: ReadOutcome): void {
  const sentAt = answered(draft, no, 'read', outcome.kind === 'trouble')
  if (sentAt === undefined) return
  // Reading our name renews nothing: ask for liveness.
  if (outcome.kind === 'row') onRowInAnswer(draft, outcome.row, sentAt, () => tickAtOnce(draft))
  else if (outcome.kind === 'absent') createSoon(draft)
  else wakeTick(draft)
}

export function onTickCreated(draft: Draft, no: number, outcome: CreateOutcome): void {
  const sentAt = answered(draft, no, 'create', outcome.kind === 'trouble')
  if (sentAt === undefined) return
  if (outcome.kind === 'created') {
    onRowInAnswer(draft, outcome.row, sentAt, () => renew(draft, outcome.row, sentAt))
    // The row was created with a peer count of 1: the true one goes out soon.
    if (draft.state.document.peers.length > 1) tickAtOnce(draft)
  } else if (outcome.kind === 'exists') onRowInAnswer(draft, outcome.row, sentAt, () => takeRevision(draft, outcome.row))
  else wakeTick(draft)
}

/** Somebody else's row, a second process of ours, or ours. */
function onRowInAnswer(draft: Draft, row: Row, sentAt: Now, ours: () => void): void {
  noteAnswer(draft, { kind: 'row', row }, sentAt)
  if (row.manager !== draft.me) return stepDown(draft, row)
  if (isForeign(draft, row)) {
    meetRival(draft, row)
    return wakeTick(draft)
  }
  beatRivals(draft, row, sentAt)
  ours()
}

function takeRevision(draft: Draft, row: Row): void {
  draft.manage({ revision: row.revision })
  tickAtOnce(draft)
}

/** The row in a successful answer names us. A revision other than our document's epoch starts a new one, whichever request it was. */
function renew(draft: Draft, row: Row, sentAt: Now): void {
  const role = draft.managing()!
  const lease = leaseFrom(sentAt, row)
  const newer = role.lease === undefined || sentAt.monoMs > role.lease.sentAt.monoMs
  draft.manage({ revision: row.revision, lease: newer ? lease : role.lease })
  if (row.revision === draft.state.document.order?.epoch || !isManager(draft.state, draft.now)) return
  author(draft, { ...draft.state.document, order: row.revision === undefined ? undefined : { epoch: row.revision, version: 1 } })
  dialMembers(draft)
  pushSoon(draft)
}
