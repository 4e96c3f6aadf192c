import type { Draft } from './draft.ts'
import { recheckJitter } from './settings.ts'

/** When an unsettled peer looks at the row again. */
export const recheckAt = (draft: Draft): number => draft.ms + draft.jittered(draft.state.settings.rowRecheckMs, recheckJitter)
