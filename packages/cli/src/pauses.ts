/** Tells how long our presence was out of touch with its cluster: the way through is the SDK's, this only says that there was one. */
import type { ClusterEvent, ClusterManager } from '@auki/domain'
import type { Output } from './output.ts'
import { durationText } from './units.ts'

/** Follows the role of a presence. */
export class Pauses {
  readonly #out: Output
  #sinceMs: number | undefined

  constructor(out: Output) {
    this.#out = out
  }

  /** Tells, once we are in touch again: machines by an event, people on stderr. `nowMs` of any clock that does not go back. */
  follow(event: ClusterEvent, nowMs: number): void {
    if (event.type !== 'role-changed') return
    const isOut = event.role === 'unsettled' || event.role === 'headless'
    if (isOut) this.#sinceMs ??= nowMs
    if (isOut || this.#sinceMs === undefined) return
    tellResumed(this.#out, nowMs - this.#sinceMs, {}, 'this peer')
    this.#sinceMs = undefined
  }
}

/** Follows the events of a presence until it ends or `signal` aborts. */
export async function tellPauses(manager: Pick<ClusterManager, 'events'>, out: Output, signal: AbortSignal): Promise<void> {
  const pauses = new Pauses(out)
  try {
    for await (const event of manager.events({ signal })) pauses.follow(event, performance.now())
  } catch {
    // nobody wants to know any longer
  }
}

/** `who` goes on after a pause; `facts` say it to machines. */
export function tellResumed(out: Output, pauseMs: number, facts: Readonly<Record<string, string>>, who: string): void {
  const rounded = Math.round(pauseMs)
  if (out.json) out.tell({ event: 'resumed', ...facts, pauseMs: rounded }, [])
  else out.warn(`${who} goes on after ${durationText(rounded)} without a connection`)
}
