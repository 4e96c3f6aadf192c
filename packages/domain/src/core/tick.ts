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
import type { Turn } from './turn.ts'

export function tickDeadline(role: Managing): number {
  return role.tick.ask === undefined ? Math.min(role.tick.nextAt, role.rotateAt) : role.tick.ask.until
}

/** Whatever the wall clock does after that: only an answer makes it Manager again. */
export function noteLapse(turn: Turn): void {
  const lease = turn.managing()?.lease
  if (lease !== undefined && !lease.over && !confirmed(lease, turn.now)) turn.manage({ lease: { ...lease, over: true } })
}

function setTick(turn: Turn, patch: Partial<Tick>): void {
  const role = turn.managing()
  if (role !== undefined) turn.manage({ tick: { ...role.tick, ...patch } })
}

export function wakeTick(turn: Turn): void {
  const role = turn.managing()
  if (role === undefined) return
  if (role.tick.ask !== undefined && turn.ms >= role.tick.ask.until) giveUpWaiting(turn, role.tick.ask)
  const now = turn.managing()!
  if (now.tick.ask === undefined && turn.ms >= tickDeadline(now)) sendTick(turn)
}

/** No longer waited for; but a 200 that still comes renews from its own send. */
function giveUpWaiting(turn: Turn, ask: Ask & { readonly what: TickQuestion }): void {
  const late = turn.managing()!.tick.late.filter((old) => turn.ms - old.sentAt.monoMs < livenessLateMs)
  const renews = ask.what === 'refresh' || ask.what === 'rotate'
  setTick(turn, { ask: undefined, late: renews ? [...late, { no: ask.no, sentAt: ask.sentAt, what: ask.what }] : late })
}

/** Ask soon; one question at a time. */
export function tickAtOnce(turn: Turn): void {
  const tick = turn.managing()?.tick
  if (tick !== undefined) setTick(turn, { nextAt: Math.min(tick.nextAt, writeDueAt(turn)) })
  wakeTick(turn)
}

function createSoon(turn: Turn): void {
  setTick(turn, { missing: true })
  tickAtOnce(turn)
}

function sendTick(turn: Turn): void {
  const role = turn.managing()!
  if (role.tick.missing) return sendCreate(turn)
  if (turn.ms >= role.rotateAt && !waitsToRotate(turn, role)) return sendRotate(turn, role)
  if (turn.ms < role.tick.nextAt) return
  const silent = !confirmed(role.lease, turn.now) && turn.ms - role.tick.answeredAt >= silentDiscoveryMs
  if (silent) sendRead(turn)
  else sendRefresh(turn, role)
}

function sendRefresh(turn: Turn, role: Managing): void {
  const intervalMs = livenessIntervalMs(role.lease)
  const ask = { ...turn.ask(intervalMs), what: 'refresh' as const }
  setTick(turn, { ask, nextAt: turn.ms + intervalMs })
  noteWrite(turn, intervalMs)
  turn.emit({
    type: 'refresh-row',
    no: ask.no,
    name: turn.state.clusterName,
    revision: role.revision,
    peerCount: turn.state.document.peers.length,
    timeoutMs: livenessLateMs
  })
}

function waitsToRotate(turn: Turn, role: Managing): boolean {
  const dueAt = claimDueAt(turn, role)
  if (dueAt > turn.ms) turn.manage({ rotateAt: dueAt })
  return dueAt > turn.ms
}

/** Our other process is in the row: claim it back. */
function sendRotate(turn: Turn, role: Managing): void {
  const intervalMs = livenessIntervalMs(role.lease)
  const ask = { ...turn.ask(intervalMs), what: 'rotate' as const }
  setTick(turn, { ask, nextAt: turn.ms + intervalMs })
  turn.manage({ rotateAt: turn.ms + rivalRotateMs })
  turn.set({ claimedAt: turn.ms })
  noteWrite(turn, 0)
  turn.emit({
    type: 'rotate-row',
    no: ask.no,
    name: turn.state.clusterName,
    revision: role.revision,
    relayMultiaddrs: turn.state.relayMultiaddrs,
    timeoutMs: livenessLateMs
  })
}

/** A row nobody can hold must be swept: look without refreshing until Discovery answers in time. */
function sendRead(turn: Turn): void {
  const ask = { ...turn.ask(), what: 'read' as const }
  setTick(turn, { ask, nextAt: turn.ms + livenessIntervalMs(undefined) })
  turn.emit({ type: 'read-row', no: ask.no, name: turn.state.clusterName, timeoutMs: discoveryRequestMs })
}

function sendCreate(turn: Turn): void {
  const intervalMs = livenessIntervalMs(turn.managing()!.lease)
  const ask = { ...turn.ask(), what: 'create' as const }
  setTick(turn, { ask, missing: false, nextAt: turn.ms + intervalMs })
  noteWrite(turn, intervalMs)
  turn.emit({
    type: 'create-row',
    no: ask.no,
    name: turn.state.clusterName,
    relayMultiaddrs: turn.state.relayMultiaddrs,
    timeoutMs: discoveryRequestMs
  })
}

/** The question this answer belongs to, no longer outstanding. */
function answered(turn: Turn, no: number, what: TickQuestion, trouble: boolean): Now | undefined {
  const tick = turn.managing()?.tick
  if (tick?.ask === undefined || tick.ask.no !== no || tick.ask.what !== what) return undefined
  const { sentAt } = tick.ask
  setTick(turn, { ask: undefined, ...(trouble ? {} : { answeredAt: turn.ms }) })
  return sentAt
}

/** A liveness check or a claim of ours was answered. */
export function onTickWritten(turn: Turn, no: number, what: 'refresh' | 'rotate', outcome: WriteOutcome): void {
  const sentAt = answered(turn, no, what, outcome.kind === 'trouble')
  if (sentAt === undefined) return onLateAnswer(turn, no, outcome)
  switch (outcome.kind) {
    case 'ok':
      return onRowInAnswer(turn, outcome.row, sentAt, () => {
        writeHolds(turn)
        renew(turn, outcome.row, sentAt)
      })
    case 'conflict':
      return onRowInAnswer(turn, outcome.row, sentAt, () => takeRevision(turn, outcome.row))
    case 'absent':
      return createSoon(turn)
    case 'trouble':
      return wakeTick(turn)
  }
}

/** A late 200 of the same reign: otherwise a round trip just over the timeout would keep a row fresh that nobody holds. */
function onLateAnswer(turn: Turn, no: number, outcome: WriteOutcome): void {
  const role = turn.managing()
  const question = role?.tick.late.find((old) => old.no === no)
  if (role === undefined || question === undefined) return
  setTick(turn, { late: role.tick.late.filter((old) => old !== question), ...(outcome.kind === 'trouble' ? {} : { answeredAt: turn.ms }) })
  if (outcome.kind !== 'ok' || outcome.row.manager !== turn.me) return
  const isNewer = (outcome.row.revision ?? 0) > (role.revision ?? 0)
  if (outcome.row.revision !== role.revision && !(question.what === 'rotate' && isNewer)) return
  if (turn.ms - question.sentAt.monoMs > livenessLateMs) return
  onRowInAnswer(turn, outcome.row, question.sentAt, () => renew(turn, outcome.row, question.sentAt))
}

export function onTickRead(turn: Turn, no: number, outcome: ReadOutcome): void {
  const sentAt = answered(turn, no, 'read', outcome.kind === 'trouble')
  if (sentAt === undefined) return
  // Reading our name renews nothing: ask for liveness.
  if (outcome.kind === 'row') onRowInAnswer(turn, outcome.row, sentAt, () => tickAtOnce(turn))
  else if (outcome.kind === 'absent') createSoon(turn)
  else wakeTick(turn)
}

export function onTickCreated(turn: Turn, no: number, outcome: CreateOutcome): void {
  const sentAt = answered(turn, no, 'create', outcome.kind === 'trouble')
  if (sentAt === undefined) return
  if (outcome.kind === 'created') {
    onRowInAnswer(turn, outcome.row, sentAt, () => renew(turn, outcome.row, sentAt))
    // The row was created with a peer count of 1: the true one goes out soon.
    if (turn.state.document.peers.length > 1) tickAtOnce(turn)
  } else if (outcome.kind === 'exists') onRowInAnswer(turn, outcome.row, sentAt, () => takeRevision(turn, outcome.row))
  else wakeTick(turn)
}

/** Somebody else's row, a second process of ours, or ours. */
function onRowInAnswer(turn: Turn, row: Row, sentAt: Now, ours: () => void): void {
  noteAnswer(turn, { kind: 'row', row }, sentAt)
  if (row.manager !== turn.me) return stepDown(turn, row)
  if (isForeign(turn, row)) {
    meetRival(turn, row)
    return wakeTick(turn)
  }
  beatRivals(turn, row, sentAt)
  ours()
}

function takeRevision(turn: Turn, row: Row): void {
  turn.manage({ revision: row.revision })
  tickAtOnce(turn)
}

/** The row in a successful answer names us. A revision other than our document's epoch starts a new one, whichever request it was. */
function renew(turn: Turn, row: Row, sentAt: Now): void {
  const role = turn.managing()!
  const lease = leaseFrom(sentAt, row)
  const newer = role.lease === undefined || sentAt.monoMs > role.lease.sentAt.monoMs
  turn.manage({ revision: row.revision, lease: newer ? lease : role.lease })
  if (row.revision === turn.state.document.order?.epoch || !isManager(turn.state, turn.now)) return
  author(turn, { ...turn.state.document, order: row.revision === undefined ? undefined : { epoch: row.revision, version: 1 } })
  dialMembers(turn)
  pushSoon(turn)
}
