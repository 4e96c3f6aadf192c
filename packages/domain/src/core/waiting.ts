/** Those who wait at the Manager's door, on either side of it; each list has a timer, which ends the first one's time. */
import type { Draft } from './draft.ts'
import type { State } from './state.ts'

export function setAdmissions(draft: Draft, admissions: State['admissions']): void {
  draft.set({ admissions })
  draft.arm('admission', earliest(admissions))
}

export function setDeparting(draft: Draft, departing: State['departing']): void {
  draft.set({ departing })
  draft.arm('departure', earliest(departing))
}

const earliest = (waiting: readonly { readonly until: number }[]): number =>
  Math.min(Number.POSITIVE_INFINITY, ...waiting.map(({ until }) => until))
