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

import { claim, create, onBootstrapClaimed, onBootstrapCreated } from './bootstrap-commit.ts'
import { join, wakeJoining } from './bootstrap-join.ts'
import { fail, go, onDeadline, pause, question, reachable, sendJoinFailure, starting, update } from './bootstrap-steps.ts'
import type { ReadOutcome, Row } from './events.ts'
import { abandonAttempt } from './join-attempt.ts'
import { recheckAt } from './recheck.ts'
import type { Sight } from './rows.ts'
import type { Starting } from './state.ts'
import type { Turn } from './turn.ts'

export function startBootstrap(turn: Turn): void {
  const role = starting(turn)
  if (role === undefined) return
  if (role.target.kind === 'create') create(turn, role.target.name)
  else read(turn)
}

export function read(turn: Turn): void {
  const { target } = starting(turn)!
  const { ask, timeoutMs } = question(turn)
  go(turn, { kind: 'reading', ask })
  if (target.kind === 'mostRecentOrCreate') turn.emit({ type: 'read-newest-row', no: ask.no, timeoutMs })
  else turn.emit({ type: 'read-row', no: ask.no, name: target.name, timeoutMs })
}

export function onBootstrapRead(turn: Turn, no: number, outcome: ReadOutcome, versioned: boolean): void {
  const role = starting(turn)
  if (role === undefined) return
  if (role.step.kind === 'joining' && role.step.read?.no === no) return onPolled(turn, outcome)
  if (role.step.kind !== 'reading' || role.step.ask.no !== no) return
  if (outcome.kind === 'trouble') return onTrouble(turn, outcome.reason)
  if (role.failure?.code === 'discovery' && role.failure.question === 'read') update(turn, { failure: undefined })
  const sight = outcome.kind === 'row' ? { kind: outcome.kind, row: chosen(turn, outcome) } : outcome
  enterCluster(turn, sight, versioned)
  onSight(turn, sight)
}

/** Of all clusters the newest, or the newest that can be entered. */
function chosen(turn: Turn, { row, next }: Extract<ReadOutcome, { kind: 'row' }>): Row {
  return next !== undefined && outOfReach(turn, row) ? next : row
}

/** Nothing of the Manager that we could dial, and it has not come to us either. */
const outOfReach = (turn: Turn, { dialable, manager }: Row): boolean => dialable === false && !turn.state.connected.has(manager)

/** Discovery trouble at the very start is told at once; later it is waited out. */
function onTrouble(turn: Turn, reason: string): void {
  const role = starting(turn)!
  if (role.stuckOn !== undefined && outOfReach(turn, role.stuckOn)) return failOutOfReach(turn, role.stuckOn)
  const failure = { code: 'discovery', question: 'read', reason } as const
  // Cut short by the deadline, which is nobody's trouble.
  if (role.answered && turn.ms >= role.deadlineAt) return onDeadline(turn, role)
  if (!role.answered || role.target.kind === 'create') return fail(turn, role.failure ?? failure)
  update(turn, { failure: role.failure ?? failure })
  pause(turn)
}

/** We know which cluster it is about: watch its row from now on. */
function enterCluster(turn: Turn, sight: Sight, versioned: boolean): void {
  const { target } = starting(turn)!
  const name = target.kind === 'mostRecentOrCreate' ? (sight.kind === 'row' ? sight.row.name : target.fallbackName) : target.name
  update(turn, { answered: true })
  const watched = turn.state.watchOpen && turn.state.clusterName === name
  turn.set({ clusterName: name, document: { ...turn.state.document, clusterName: name } })
  if (watched || !versioned || !turn.state.settings.watch) return
  turn.set({ watchOpen: true })
  turn.emit({ type: 'open-watch', name })
}

/** Decide on the row as it is seen now. */
export function onSight(turn: Turn, sight: Sight): void {
  const role = starting(turn)!
  if (sight.kind === 'absent') return onAbsent(turn, role)
  const { row } = sight
  const ours = row.manager === turn.me
  const severalSeen = role.severalSeen || row.peerCount > 1
  const stuck = role.stuckOn !== undefined && sameRow(role.stuckOn, sight) && outOfReach(turn, row)
  update(turn, { row, rowSeenAt: turn.ms, severalSeen, goneAt: undefined, stuckOn: undefined })
  if (ours && !turn.state.self.observer && mayClaim(turn, role, row)) return claim(turn, row)
  if (role.target.kind === 'create') return fail(turn, { code: 'already-exists' })
  // A row that names us from an earlier life with others in it: they know more than we do; as good as a dead Manager.
  if (ours) return pause(turn)
  // There is somebody else's row: what our own was refused for is over.
  if (role.failure?.code === 'discovery') update(turn, { failure: undefined })
  if (stuck) return failOutOfReach(turn, row)
  join(turn, row)
}

function failOutOfReach(turn: Turn, row: Row): void {
  fail(turn, sendJoinFailure(row, 'it has no address that can be dialled from here, and no relay', false))
}

/** Ours by a create whose answer got lost, or from an earlier life in which nobody else was in. */
function mayClaim(turn: Turn, role: Starting, row: Row): boolean {
  if (role.createUnknown && row.instance === turn.state.self.instance) return true
  return role.target.kind !== 'create' && reachable(turn.state) && row.peerCount <= 1 && !role.severalSeen
}

function onAbsent(turn: Turn, role: Starting): void {
  const goneAt = role.goneAt ?? turn.ms
  update(turn, { goneAt })
  if (role.target.kind === 'create')
    return fail(turn, role.failure ?? { code: 'discovery', question: 'create', reason: 'the row went before it was ours' })
  if (role.target.kind === 'join' || turn.state.self.observer) {
    if (role.row === undefined) return fail(turn, { code: 'not-found' })
    return pause(turn)
  }
  if (!reachable(turn.state)) return pause(turn)
  const graceEnds = goneAt + turn.state.settings.joinerGraceMs
  if (role.severalSeen && turn.ms < graceEnds) pause(turn, graceEnds)
  else create(turn, turn.state.clusterName)
}

// ── the row changes meanwhile ─────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The row was seen to change or go: what we were about to do, or asked before, may be pointless. `last` is the row the event is about; one
 * that went shows how many it was of.
 */
export function onBootstrapWatch(turn: Turn, sight: Sight, last: Row | undefined): void {
  const role = starting(turn)
  if (role === undefined) return
  // Old news.
  if (last !== undefined && (last.revision ?? 0) < (role.row?.revision ?? 0)) return
  seeChange(turn, role, sight, last)
}

function seeChange(turn: Turn, role: Starting, sight: Sight, last: Row | undefined): void {
  if (last !== undefined && last.peerCount > 1) update(turn, { severalSeen: true })
  const { step } = role
  const writes = step.kind === 'creating' || step.kind === 'claiming'
  // A row that stands is not gone: when it goes, the members' time begins anew.
  if (sight.kind === 'row') update(turn, { goneAt: undefined, ...(writes && { row: sight.row, rowSeenAt: turn.ms }) })
  if (writes || (step.kind === 'reading' && role.target.kind === 'mostRecentOrCreate')) return
  if (step.kind === 'joining' && sameRow(step.row, sight)) return
  if (step.kind === 'pausing' && sameRow(role.row, sight)) return
  if (step.kind === 'joining') abandonAttempt(turn, step.attempt)
  onSight(turn, sight)
}

/** A pause is not cut short by what is known already. */
const sameRow = (row: Row | undefined, sight: Sight): boolean =>
  row !== undefined && sight.kind === 'row' && sight.row.manager === row.manager && sight.row.revision === row.revision

/** A read asked for after all we saw is believed whatever revision it shows; an overtaken one is news like any other. */
function onPolled(turn: Turn, outcome: ReadOutcome): void {
  const { step } = starting(turn)!
  if (step.kind !== 'joining' || step.read === undefined) return
  const { sentAt } = step.read
  go(turn, { ...step, read: undefined, pollAt: recheckAt(turn) })
  if (outcome.kind === 'trouble') return
  const role = starting(turn)!
  const row = outcome.kind === 'row' ? outcome.row : undefined
  if (sentAt.monoMs > role.rowSeenAt) seeChange(turn, role, outcome, row)
  else onBootstrapWatch(turn, outcome, row)
}

// ── deadlines ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export function wakeBootstrap(turn: Turn): void {
  const role = starting(turn)
  if (role === undefined) return
  const { step } = role
  switch (step.kind) {
    case 'reading':
      return turn.ms >= step.ask.until ? onTrouble(turn, 'no answer') : undefined
    case 'creating':
      return turn.ms >= step.ask.until ? onBootstrapCreated(turn, step.ask.no, { kind: 'trouble', reason: 'no answer' }) : undefined
    case 'claiming':
      return turn.ms >= step.ask.until ? onBootstrapClaimed(turn, step.ask.no, { kind: 'trouble', reason: 'no answer' }) : undefined
    case 'pausing':
      if (turn.ms < step.until) return
      return turn.ms >= role.deadlineAt ? onDeadline(turn, role) : read(turn)
    case 'joining':
      return wakeJoining(turn, role, step)
  }
}

export function bootstrapDeadline({ step, deadlineAt }: Starting, watchUp: boolean): number {
  switch (step.kind) {
    case 'reading':
    case 'creating':
    case 'claiming':
      return step.ask.until
    case 'pausing':
      return step.until
    case 'joining': {
      const poll = step.read?.until ?? (watchUp ? Number.POSITIVE_INFINITY : step.pollAt)
      return Math.min(deadlineAt, step.attempt.phase.until, poll)
    }
  }
}
