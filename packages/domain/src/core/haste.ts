/**
 * When everything is tried every second, whatever its backoff: while we are unsettled, and for a while after our addresses changed or we slept.
 *
 * Connections may then be dead although none was closed, and backoffs stand where a long cut took them. The first answer of anybody shows that it is
 * over: from then on nothing waits for its time.
 */
import { type Draft, inRole } from './draft.ts'
import { dialMembers } from './membership.ts'
import { hasteMs } from './settings.ts'
import type { State } from './state.ts'

export function hurry(draft: Draft): void {
  draft.arm('haste', draft.ms + hasteMs)
  dialMembers(draft)
}

const isHasty = ({ role, timers }: State): boolean =>
  timers.haste !== undefined || (role.kind === 'following' && role.stance.kind !== 'settled')

/** The network redials as we are in haste or not: told when it changes. */
export function paceDials(draft: Draft): void {
  const hasty = isHasty(draft.state)
  if (hasty === draft.state.hasty) return
  draft.set({ hasty })
  if (!inRole(draft, 'ended')) draft.emit({ type: 'pace-dials', hasty })
}
