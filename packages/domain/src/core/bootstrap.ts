/**
 * The way into a cluster, or to one of our own:
 *
 *   target               row present            row absent
 *   create               already exists         create
 *   join                 join                   not found
 *   joinOrCreate         join                   create; exists → join
 *   mostRecentOrCreate   join the newest        create the fallback; exists → join
 *
 * All but `create` go round until done or the deadline is over. A row whose Manager is dead is waited out; members of a cluster come
 * before newcomers when its row goes; a row that still names us from an earlier life is claimed if nobody else was in.
 *
 * A Manager that nobody can dial locks everybody out: whoever can't be reached creates by `create` only, and who meets such a row waits no
 * longer for it than a dead Manager's row would stand.
 */

import { claim, create, refused, reign } from './bootstrap-commit.ts'
import { join, onJoinOver } from './bootstrap-join.ts'
import { fail, onDeadline, pause, reachable, read, sameRow, sendJoinFailure } from './bootstrap-steps.ts'
import { onLateRead } from './bootstrap-watch.ts'
import type { Draft } from './draft.ts'
import type { CreateOutcome, ReadOutcome, Row, WriteOutcome } from './events.ts'
import type { Starting } from './joining-state.ts'
import { lifeOf } from './lease.ts'
import { hasPeer } from './peer-set.ts'
import type { Sight } from './rows.ts'
import { joinBeyondLifeMs, joinDeadlineDefaultMs, rowLifeMaxMs } from './settings.ts'

export function startBootstrap(draft: Draft<Starting>): void {
  const { target } = draft.role
  if (target.kind === 'create') create(draft, target.name)
  else read(draft)
}

export function onBootstrapRead(draft: Draft<Starting>, no: number, outcome: ReadOutcome, versioned: boolean): void {
  const { role } = draft
  if (role.step.kind !== 'reading' || role.step.ask.no !== no) return onLateRead(draft, outcome)
  if (outcome.kind === 'trouble') return onTrouble(draft, outcome.reason)
  if (role.failure?.code === 'discovery' && role.failure.question === 'read') draft.start({ failure: undefined })
  const sight = outcome.kind === 'row' ? { kind: outcome.kind, row: chosen(draft, outcome) } : outcome
  enterCluster(draft, sight, versioned)
  onSight(draft, sight)
}

/** Of all clusters the newest, or the newest that can be entered. */
function chosen(draft: Draft<Starting>, { row, next }: Extract<ReadOutcome, { kind: 'row' }>): Row {
  return next !== undefined && outOfReach(draft, row) ? next : row
}

/** Nothing of the Manager that we could dial, and it has not come to us either. */
const outOfReach = (draft: Draft, { dialable, manager }: Row): boolean => dialable === false && !hasPeer(draft.state.connected, manager)

/** Discovery trouble at the very start is told at once; later it is waited out. */
function onTrouble(draft: Draft<Starting>, reason: string): void {
  const { role } = draft
  const stuckOn = role.stuckOn ?? stoodForALife(draft)
  if (stuckOn !== undefined && outOfReach(draft, stuckOn)) return failOutOfReach(draft, stuckOn)
  const failure = { code: 'discovery', question: 'read', reason } as const
  // Cut short by the deadline, which is nobody's trouble.
  if (role.answered && draft.ms >= role.deadlineAt) return onDeadline(draft)
  if (!role.answered || role.target.kind === 'create') return fail(draft, role.failure ?? failure)
  draft.start({ failure: role.failure ?? failure })
  pause(draft)
}

/** We know which cluster it is about: watch its row from now on. */
function enterCluster(draft: Draft<Starting>, sight: Sight, versioned: boolean): void {
  const { target } = draft.role
  const name = target.kind === 'mostRecentOrCreate' ? (sight.kind === 'row' ? sight.row.name : target.fallbackName) : target.name
  draft.start({ answered: true })
  const watched = draft.state.watchOpen && draft.state.clusterName === name
  draft.set({ clusterName: name, document: { ...draft.state.document, clusterName: name } })
  if (watched || !versioned || !draft.state.settings.watch) return
  draft.set({ watchOpen: true })
  draft.emit({ type: 'open-watch', name })
}

/** The row as the watch showed it, where no change was seen within one row life. */
function stoodForALife(draft: Draft<Starting>): Row | undefined {
  const { row, rowSeenAt, goneAt } = draft.role
  return row !== undefined && goneAt === undefined && draft.ms - rowSeenAt >= lifeOf(row) ? row : undefined
}

/** Decide on the row as it is seen now. */
export function onSight(draft: Draft<Starting>, sight: Sight): void {
  const { role } = draft
  if (sight.kind === 'absent') return onAbsent(draft, role)
  const { row } = sight
  const ours = row.manager === draft.me
  const severalSeen = role.severalSeen || row.peerCount > 1
  const stuck = role.stuckOn !== undefined && sameRow(role.stuckOn, sight) && outOfReach(draft, row)
  draft.start({ row, rowSeenAt: draft.ms, severalSeen, goneAt: undefined, stuckOn: undefined, deadlineAt: deadlineWith(draft, row) })
  if (ours && !draft.state.self.observer && mayClaim(draft, role, row)) return claim(draft, row)
  if (role.target.kind === 'create') return fail(draft, { code: 'already-exists' })
  // A row that names us from an earlier life with others in it: they know more than we do; as good as a dead Manager.
  if (ours) return pause(draft)
  // There is somebody else's row: what our own was refused for is over.
  if (role.failure?.code === 'discovery') draft.start({ failure: undefined })
  if (stuck) return failOutOfReach(draft, row)
  join(draft, row)
}

/** A join that may take the usual time or more outlives a dead Manager's row. */
function deadlineWith({ role, state }: Draft<Starting>, row: Row): number {
  if (state.settings.joinDeadlineMs < joinDeadlineDefaultMs) return role.deadlineAt
  return Math.max(role.deadlineAt, role.startedAt + Math.min(lifeOf(row), rowLifeMaxMs) + joinBeyondLifeMs)
}

function failOutOfReach(draft: Draft<Starting>, row: Row): void {
  fail(draft, sendJoinFailure(row, 'it has no address that can be dialled from here, and no relay', false))
}

/** Ours by a create whose answer got lost, or from an earlier life in which nobody else was in. */
function mayClaim(draft: Draft<Starting>, role: Starting, row: Row): boolean {
  if (role.createUnknown && row.instance === draft.state.self.instance) return true
  return role.target.kind !== 'create' && reachable(draft.state) && row.peerCount <= 1 && !role.severalSeen
}

function onAbsent(draft: Draft<Starting>, role: Starting): void {
  const goneAt = role.goneAt ?? draft.ms
  draft.start({ goneAt })
  if (role.target.kind === 'create')
    return fail(draft, role.failure ?? { code: 'discovery', question: 'create', reason: 'the row went before it was ours' })
  if (role.target.kind === 'join' || draft.state.self.observer) {
    if (role.row === undefined) return fail(draft, { code: 'not-found' })
    return pause(draft)
  }
  if (!reachable(draft.state)) return pause(draft)
  const graceEnds = goneAt + draft.state.settings.joinerGraceMs
  if (role.severalSeen && draft.ms < graceEnds) pause(draft, graceEnds)
  else create(draft, draft.state.clusterName)
}

// ── answers to our writes, and none in time ──────────────────────────────────────────────────────────────────────────────

export function onBootstrapCreated(draft: Draft<Starting>, no: number, outcome: CreateOutcome): void {
  const { step } = draft.role
  if (step.kind !== 'creating' || step.ask.no !== no) return
  if (outcome.kind === 'created') return reign(draft, outcome.row, step.ask)
  if (outcome.kind === 'exists') {
    draft.start({ answered: true })
    return onSight(draft, { kind: 'row', row: outcome.row })
  }
  // It may have been committed although nobody told us: the row knows.
  draft.start({ createUnknown: true })
  refused(draft, 'create', outcome.reason)
}

export function onBootstrapClaimed(draft: Draft<Starting>, no: number, outcome: WriteOutcome): void {
  const { step } = draft.role
  if (step.kind !== 'claiming' || step.ask.no !== no) return
  if (outcome.kind === 'ok' && outcome.row.manager === draft.me) return reign(draft, outcome.row, step.ask)
  if (outcome.kind === 'trouble') return refused(draft, 'claim', outcome.reason)
  onSight(draft, outcome.kind === 'absent' ? outcome : { kind: 'row', row: outcome.row })
}

/** The time of the present step is over. */
export function onStepOver(draft: Draft<Starting>): void {
  const { step, deadlineAt } = draft.role
  switch (step.kind) {
    case 'reading':
      return onTrouble(draft, 'no answer')
    case 'creating':
      return onBootstrapCreated(draft, step.ask.no, { kind: 'trouble', reason: 'no answer' })
    case 'claiming':
      return onBootstrapClaimed(draft, step.ask.no, { kind: 'trouble', reason: 'no answer' })
    case 'pausing':
      return draft.ms >= deadlineAt ? onDeadline(draft) : read(draft)
    case 'joining':
      return onJoinOver(draft, step)
  }
}
