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

import { type Draft, inRole } from './draft.ts'
import type { CreateOutcome, Now, ReadOutcome, Row, WriteOutcome } from './events.ts'
import { author, pushSoon } from './gossip.ts'
import { confirmed, isManager, lapsesAt, leaseFrom, shortened } from './lease.ts'
import { dialMembers } from './membership.ts'
import { followRow, withOwnAddresses, written } from './own-addresses.ts'
import { writeMetNoRefusal } from './pace.ts'
import { stepDown } from './promotion.ts'
import { placeOf } from './revision.ts'
import { beatRivals, isForeign, meetRival } from './rival.ts'
import type { Ask, Managing, TickQuestion } from './role.ts'
import { noteAnswer } from './rows.ts'
import { livenessLateMs } from './settings.ts'
import { askIfDue, tickAtOnce } from './tick-questions.ts'

/** Whatever the wall clock does after that: only an answer makes it Manager again. */
export function noteLapse(draft: Draft): void {
  if (!inRole(draft, 'managing')) return
  const { lease } = draft.role
  if (lease === undefined || lease.over || confirmed(lease, draft.now)) return
  draft.manage({ lease: { ...lease, over: true } })
  draft.disarm('lapse')
}

/** A member's document shows a reign above ours: unless Discovery grants us the row again, it counts no longer than the shortest rows live. */
export function contestLease(draft: Draft<Managing>): void {
  draft.manage({ contestedAt: draft.ms })
  const { lease } = draft.role
  if (lease === undefined || lease.over) return
  draft.manage({ lease: shortened(lease) })
  draft.arm('lapse', lapsesAt(shortened(lease)))
}

function createSoon(draft: Draft<Managing>): void {
  draft.manage({ missing: true })
  tickAtOnce(draft)
}

/** The question this answer belongs to, no longer outstanding. */
function answered(draft: Draft<Managing>, no: number, what: TickQuestion, trouble: boolean): Ask | undefined {
  const { ask } = draft.role
  if (ask === undefined || ask.no !== no || ask.what !== what) return undefined
  draft.manage({ ask: undefined, ...(trouble ? {} : { answeredAt: draft.ms }) })
  draft.disarm('answer')
  return ask
}

/** A liveness check or a claim of ours was answered. */
export function onTickWritten(draft: Draft<Managing>, no: number, what: 'refresh' | 'rotate', outcome: WriteOutcome): void {
  const ask = answered(draft, no, what, outcome.kind === 'trouble')
  if (ask === undefined) return onLateAnswer(draft, no, outcome)
  const { sentAt } = ask
  switch (outcome.kind) {
    case 'ok':
      if (what === 'rotate') draft.manage({ written: written(ask, outcome.row) })
      // Asked about a reign that another answer has ended since: it says nothing about the one we hold.
      if (what === 'refresh' && placeOf(outcome.row.revision) < placeOf(draft.role.revision)) return askIfDue(draft)
      return onRowInAnswer(draft, outcome.row, sentAt, () => {
        writeMetNoRefusal(draft)
        renew(draft, outcome.row, sentAt)
      })
    case 'conflict':
      return onRowInAnswer(draft, outcome.row, sentAt, () => takeRevision(draft, outcome.row))
    case 'absent':
      return createSoon(draft)
    case 'trouble':
      writeMetNoRefusal(draft)
      return askIfDue(draft)
  }
}

/** A late 200 of the same reign: otherwise a round trip just over the timeout would keep a row fresh that nobody holds. */
function onLateAnswer(draft: Draft<Managing>, no: number, outcome: WriteOutcome): void {
  const { role } = draft
  const question = role.late.find((old) => old.no === no)
  if (question === undefined) return
  draft.manage({ late: role.late.filter((old) => old !== question), ...(outcome.kind === 'trouble' ? {} : { answeredAt: draft.ms }) })
  if (outcome.kind !== 'ok' || outcome.row.manager !== draft.me) return
  const isNewer = placeOf(outcome.row.revision) > placeOf(role.revision)
  if (outcome.row.revision !== role.revision && !(question.what === 'rotate' && isNewer)) return
  if (draft.ms - question.sentAt.monoMs > livenessLateMs) return
  onRowInAnswer(draft, outcome.row, question.sentAt, () => renew(draft, outcome.row, question.sentAt))
}

export function onTickRead(draft: Draft<Managing>, no: number, outcome: ReadOutcome): void {
  const sentAt = answered(draft, no, 'read', outcome.kind === 'trouble')?.sentAt
  if (sentAt === undefined) return
  // Reading our name renews nothing: ask for liveness.
  if (outcome.kind === 'row') onRowInAnswer(draft, outcome.row, sentAt, () => tickAtOnce(draft))
  else if (outcome.kind === 'absent') createSoon(draft)
  else askIfDue(draft)
}

export function onTickCreated(draft: Draft<Managing>, no: number, outcome: CreateOutcome): void {
  const ask = answered(draft, no, 'create', outcome.kind === 'trouble')
  if (ask === undefined) return
  const { sentAt } = ask
  if (outcome.kind === 'created') onCreated(draft, outcome.row, ask)
  else if (outcome.kind === 'exists') onRowInAnswer(draft, outcome.row, sentAt, () => takeRevision(draft, outcome.row))
  else askIfDue(draft)
}

function onCreated(draft: Draft<Managing>, row: Row, ask: Ask): void {
  const { sentAt } = ask
  draft.manage({ written: written(ask, row) })
  onRowInAnswer(draft, row, sentAt, () => renew(draft, row, sentAt))
  // The row was created with a peer count of 1: the true one goes out soon.
  if (draft.state.document.peers.length > 1 && inRole(draft, 'managing')) tickAtOnce(draft)
}

/** Somebody else's row, a second process of ours, or ours. */
function onRowInAnswer(draft: Draft<Managing>, row: Row, sentAt: Now, ours: () => void): void {
  noteAnswer(draft, { kind: 'row', row }, sentAt)
  if (row.manager !== draft.me) return stepDown(draft, row)
  if (isForeign(draft, row)) {
    meetRival(draft, row)
    if (inRole(draft, 'managing')) askIfDue(draft)
    return
  }
  beatRivals(draft, row, sentAt)
  ours()
}

function takeRevision(draft: Draft<Managing>, row: Row): void {
  draft.manage({ revision: row.revision })
  tickAtOnce(draft)
}

/** The row in a successful answer names us. A revision other than our document's epoch starts a new one, whichever request it was. */
function renew(draft: Draft<Managing>, row: Row, sentAt: Now): void {
  const { role } = draft
  const lease = leaseFrom(sentAt, row, role.contestedAt)
  const newer = role.lease === undefined || sentAt.monoMs > role.lease.sentAt.monoMs
  draft.manage({ revision: row.revision, ...(newer && { lease }) })
  if (newer) draft.arm('lapse', lapsesAt(lease))
  if (!isManager(draft.state, draft.now)) return
  if (row.revision === draft.state.document.order?.epoch) return followRow(draft, row)
  author(draft, {
    ...withOwnAddresses(draft, draft.state.document),
    order: row.revision === undefined ? undefined : { epoch: row.revision, version: 1 }
  })
  dialMembers(draft)
  pushSoon(draft)
}
