/** A follower's own writes, and what their answers lead to: a create where the row is gone, a claim where it names us. */
import type { Draft } from './draft.ts'
import type { CreateOutcome, Row, WriteOutcome } from './events.ts'
import { decide } from './follower.ts'
import { promote } from './promotion.ts'
import type { Ask, Following } from './role.ts'
import { newestSight, noteAnswer, superseded } from './rows.ts'
import { lookLater } from './stance.ts'

function committed(draft: Draft<Following>, no: number, what: 'create' | 'claim'): Ask | undefined {
  const { commit } = draft.role
  if (commit === undefined || commit.no !== no || commit.what !== what) return undefined
  draft.follow({ commit: undefined })
  draft.disarm('commit')
  return commit
}

function takeOver(draft: Draft<Following>, row: Row, ask: Ask, what: 'create' | 'claim'): void {
  if (superseded(draft.state, row, ask.sentAt)) decide(draft, newestSight(draft.state))
  else promote(draft, row, ask, what)
}

export function onFollowerCreated(draft: Draft<Following>, no: number, outcome: CreateOutcome): void {
  const ask = committed(draft, no, 'create')
  if (ask === undefined) return
  if (outcome.kind === 'created') takeOver(draft, outcome.row, ask, 'create')
  else if (outcome.kind === 'exists') decide(draft, noteAnswer(draft, { kind: 'row', row: outcome.row }, ask.sentAt))
  else roundOver(draft)
}

export function onClaimed(draft: Draft<Following>, no: number, outcome: WriteOutcome): void {
  const ask = committed(draft, no, 'claim')
  if (ask === undefined) return
  if (outcome.kind === 'ok' && outcome.row.manager === draft.me) takeOver(draft, outcome.row, ask, 'claim')
  else if (outcome.kind === 'ok' || outcome.kind === 'conflict')
    decide(draft, noteAnswer(draft, { kind: 'row', row: outcome.row }, ask.sentAt))
  else if (outcome.kind === 'absent') decide(draft, noteAnswer(draft, outcome, ask.sentAt))
  else roundOver(draft)
}

/** Everybody had a turn, we too: look again, then begin anew. */
const roundOver = (draft: Draft<Following>): void => lookLater(draft, { turns: [] })

export function onCommitUnanswered(draft: Draft<Following>): void {
  const { commit } = draft.role
  if (commit === undefined) return
  const outcome = { kind: 'trouble', reason: 'no answer' } as const
  if (commit.what === 'create') onFollowerCreated(draft, commit.no, outcome)
  else onClaimed(draft, commit.no, outcome)
}
