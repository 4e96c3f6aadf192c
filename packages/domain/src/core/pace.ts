/**
 * The pause in every ring of requests to Discovery.
 *
 * A create that is refused, a row that names us and yet refuses our revision, a watch that shouts: whoever answers every "no" with the next
 * write floods the service. So a second write within an interval waits, and longer each time, until calm returns.
 * Not paced are the single writes nothing repeats: the DELETE of a row given up, and what a leaving peer says.
 */

import type { Draft } from './draft.ts'
import { writePauseMs } from './settings.ts'

const pauseMs = (extra: number): number => Math.min(writePauseMs.max, writePauseMs.first * 2 ** Math.min(extra, 16))

const calm = (draft: Draft): boolean => draft.ms - draft.state.writes.at >= 2 * writePauseMs.max

/** When (monotonic ms) the next write may leave: now, where the last one is long enough ago. */
export function writeDueAt(draft: Draft): number {
  const { at, extra } = draft.state.writes
  return calm(draft) ? draft.ms : Math.max(draft.ms, at + pauseMs(extra))
}

/** A write leaves now; the pauses grow by it, unless it is the one of its interval. */
export function noteWrite(draft: Draft, intervalMs = Number.POSITIVE_INFINITY): void {
  const { at, extra } = draft.state.writes
  const regular = draft.ms - at >= intervalMs
  draft.set({ writes: { at: draft.ms, regular, extra: calm(draft) ? 0 : regular ? extra : extra + 1 } })
}

/** The write of this interval holds, or got no answer because Discovery is away: there is no ring, or no longer. */
export function writeMetNoRefusal(draft: Draft): void {
  if (draft.state.writes.regular) draft.set({ writes: { ...draft.state.writes, extra: 0 } })
}
