/**
 * A follower that asks to be taken in anew although nothing seems lost.
 *
 * It moved, and only a JoinRequest tells the Manager its new addresses. Or it slept: beats that waited in buffers and a clock that stood still make a Manager
 * seem heard that has evicted us long ago. So nothing settles but an Accept of a request sent since.
 */
import type { Draft } from './draft.ts'
import type { Event } from './events.ts'
import { readRow } from './follower.ts'
import { hurry } from './haste.ts'
import { setAddresses } from './own-addresses.ts'
import { stopRejoin } from './rejoin.ts'
import type { Following } from './role.ts'
import { suspendedMs } from './settings.ts'
import { look, recheckAt } from './stance.ts'

/** Who gave the row up asks when somebody has it whose document has an old line of it. */
function askAnew(draft: Draft<Following>): void {
  const { stance } = draft.role
  hurry(draft)
  if (stance.kind === 'gave-up') return
  stopRejoin(draft)
  if (stance.kind === 'settled') look(draft, recheckAt(draft), { anew: true })
  else draft.follow({ stance: { ...stance, anew: true } })
  readRow(draft)
}

export function onFollowerMoved(draft: Draft<Following>, event: Extract<Event, { type: 'addresses-set' }>): void {
  if (setAddresses(draft, event)) askAnew(draft)
}

/** The machine slept, or its wall clock was set. */
export const onFollowerWoke = (draft: Draft<Following>): void => askAnew(draft)

/** The process was stopped, or its event loop blocked. */
export function onFollowerLagged(draft: Draft<Following>, ms: number): void {
  if (ms >= suspendedMs) askAnew(draft)
}
