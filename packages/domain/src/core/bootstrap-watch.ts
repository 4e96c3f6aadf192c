/** The row changes while a bootstrap is under way: what it was about to do, or asked before, may be pointless. */
import { onSight } from './bootstrap.ts'
import { go, sameRow } from './bootstrap-steps.ts'
import type { Draft } from './draft.ts'
import type { ReadOutcome, Row } from './events.ts'
import { abandonAttempt } from './join-attempt.ts'
import type { Starting } from './joining-state.ts'
import { placeOf } from './revision.ts'
import type { Sight } from './rows.ts'
import { recheckAt } from './stance.ts'

/**
 * The row was seen to change or go: what we were about to do, or asked before, may be pointless. `last` is the row the event is about; one
 * that went shows how many it was of.
 */
export function onBootstrapWatch(draft: Draft<Starting>, sight: Sight, last: Row | undefined): void {
  // Old news.
  if (last !== undefined && placeOf(last.revision) < placeOf(draft.role.row?.revision)) return
  seeChange(draft, sight, last)
}

/** The watch was faster than the answer to a read before it: that is news like another event, unless it shows no row, or another cluster's. */
export function onLateRead(draft: Draft<Starting>, outcome: ReadOutcome): void {
  if (outcome.kind !== 'row' || outcome.row.name !== draft.state.clusterName) return
  if (placeOf(outcome.row.revision) > placeOf(draft.role.row?.revision)) onBootstrapWatch(draft, outcome, outcome.row)
}

function seeChange(draft: Draft<Starting>, sight: Sight, last: Row | undefined): void {
  const { role } = draft
  if (last !== undefined && last.peerCount > 1) draft.start({ severalSeen: true })
  const { step } = role
  const writes = step.kind === 'creating' || step.kind === 'claiming'
  // A row that stands is not gone: when it goes, the members' time begins anew.
  if (sight.kind === 'row') draft.start({ goneAt: undefined, ...(writes && { row: sight.row, rowSeenAt: draft.ms }) })
  if (writes || (step.kind === 'reading' && role.target.kind === 'mostRecentOrCreate')) return
  if (step.kind === 'joining' && sameRow(step.row, sight)) return
  if (step.kind === 'pausing' && sameRow(role.row, sight)) return
  if (step.kind === 'joining') abandonAttempt(draft, step.attempt)
  onSight(draft, sight)
}

/** A read beside a join; `true`: it was one. Asked for after all we saw it is believed whatever revision it shows; an overtaken one is news like any other. */
export function onPolled(draft: Draft<Starting>, no: number, outcome: ReadOutcome): boolean {
  const { step } = draft.role
  if (step.kind !== 'joining' || step.read?.no !== no) return false
  const { sentAt } = step.read
  go(draft, { ...step, read: undefined })
  draft.arm('poll', recheckAt(draft))
  if (outcome.kind === 'trouble') return true
  const row = outcome.kind === 'row' ? outcome.row : undefined
  if (sentAt.monoMs > draft.role.rowSeenAt) seeChange(draft, outcome, row)
  else onBootstrapWatch(draft, outcome, row)
  return true
}
