import { recheckJitter } from './settings.ts'
import type { Turn } from './turn.ts'

/** When an unsettled peer looks at the row again. */
export const recheckAt = (turn: Turn): number => turn.ms + turn.jittered(turn.state.settings.rowRecheckMs, recheckJitter)
