/**
 * The pause in every ring of requests to Discovery.
 *
 * A create that is refused, a row that names us and yet refuses our revision, a watch that shouts: whoever answers every "no" with the next
 * write floods the service. So a second write within an interval waits, and longer each time, until calm returns.
 * Not paced are the single writes nothing repeats: the DELETE of a row given up, and what a leaving peer says.
 */
import { writePauseMs } from './settings.ts'
import type { Turn } from './turn.ts'

const pauseMs = (extra: number): number => Math.min(writePauseMs.max, writePauseMs.first * 2 ** Math.min(extra, 16))

const calm = (turn: Turn): boolean => turn.ms - turn.state.writes.at >= 2 * writePauseMs.max

/** When (monotonic ms) the next write may leave: now, where the last one is long enough ago. */
export function writeDueAt(turn: Turn): number {
  const { at, extra } = turn.state.writes
  return calm(turn) ? turn.ms : Math.max(turn.ms, at + pauseMs(extra))
}

/** A write leaves now; the pauses grow by it, unless it is the one of its interval. */
export function noteWrite(turn: Turn, intervalMs = Number.POSITIVE_INFINITY): void {
  const { at, extra } = turn.state.writes
  const regular = turn.ms - at >= intervalMs
  turn.set({ writes: { at: turn.ms, regular, extra: calm(turn) ? 0 : regular ? extra : extra + 1 } })
}

/** The write of this interval holds: there is no ring, or no longer. */
export function writeHolds(turn: Turn): void {
  if (turn.state.writes.regular) turn.set({ writes: { ...turn.state.writes, extra: 0 } })
}
