/**
 * How a follower comes from one stance to another: settled, looking, waiting for a turn, electing, everybody creates, gave up.
 * What a search remembers goes along; the timer `stance` says when the present one is over.
 */
import type { Draft } from './draft.ts'
import type { PeerId } from './events.ts'
import type { Following, Search, Stance } from './role.ts'
import { recheckJitter } from './settings.ts'

/** When an unsettled peer looks at the row again. */
export const recheckAt = (draft: Draft): number => draft.ms + draft.jittered(draft.state.settings.rowRecheckMs, recheckJitter)

export const settled = (slot: PeerId | undefined): Following => ({
  kind: 'following',
  slot,
  stance: { kind: 'settled' },
  read: undefined,
  pending: undefined,
  commit: undefined,
  rejoin: undefined
})

const nothingYet: Search = { former: undefined, turns: [], awaited: undefined, absentAt: undefined, anew: false }

/** What was found out so far; nothing, where the search only begins. */
export function searchOf(stance: Stance): Search {
  if (stance.kind === 'settled' || stance.kind === 'gave-up') return nothingYet
  const { former, turns, awaited, absentAt, anew } = stance
  return { former, turns, awaited, absentAt, anew }
}

/** Somebody took what we gave up: we look for our place behind it, as any follower. */
export function searchAgain(draft: Draft<Following>): void {
  if (draft.role.stance.kind === 'gave-up') draft.follow({ stance: { kind: 'looking', heartbeatSettles: false, ...nothingYet } })
}

/** Look at the row at `at`, with what has changed in the search. One that gave up looks too, and remembers nothing. */
export function look(draft: Draft<Following>, at: number, patch: Partial<Search & { readonly heartbeatSettles: boolean }> = {}): void {
  const { stance } = draft.role
  draft.arm('stance', at)
  if (stance.kind === 'gave-up') return
  const heartbeatSettles = stance.kind === 'looking' && stance.heartbeatSettles
  draft.follow({ stance: { kind: 'looking', heartbeatSettles, ...searchOf(stance), ...patch } })
}

/** Look until an Accept has come; also who gave its row up, since somebody else has it now. */
export function lookAnew(draft: Draft<Following>): void {
  draft.arm('stance', recheckAt(draft))
  draft.follow({ stance: { kind: 'looking', heartbeatSettles: false, ...searchOf(draft.role.stance), anew: true } })
}

/** Look again after the usual pause. */
export const lookLater = (draft: Draft<Following>, patch: Partial<Search> = {}): void => look(draft, recheckAt(draft), patch)

/** Another stance of the search, until `at`. */
export function enter(draft: Draft<Following>, kind: 'waiting' | 'electing' | 'open', at: number, patch: Partial<Search> = {}): void {
  draft.arm('stance', at)
  draft.follow({ stance: { kind, ...searchOf(draft.role.stance), ...patch } })
}

/** An Accept answered what was asked anew: from now on a document settles again. */
export function answeredAnew(draft: Draft<Following>): void {
  const { stance } = draft.role
  if (stance.kind !== 'settled' && stance.kind !== 'gave-up') draft.follow({ stance: { ...stance, anew: false } })
}
