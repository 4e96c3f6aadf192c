/** The reigns that Discovery's log of commits tells of: one per revision. */
import { type Entry, entriesOf } from './history.ts'

export interface Reign {
  readonly revision: number
  readonly managerPeerId: string
  readonly fromNs: bigint
  /** Swept, deleted, rotated, or lost with the directory; undefined: it lasts. */
  toNs: bigint | undefined
  /** Nobody was told of its end: a lease may outlast it. */
  lost: boolean
}

export function reignsOf(history: readonly Entry[]): ReadonlyMap<number, Reign> {
  const reigns = new Map<number, Reign>()
  let present: Reign | undefined
  const end = (atNs: bigint, lost: boolean): void => {
    if (present !== undefined) Object.assign(present, { toNs: atNs, lost })
    present = undefined
  }
  const changes = history.filter((entry) => entry.kind === 'commit' || entry.kind === 'rows-lost')
  for (const change of changes.toSorted((a, b) => Number(a.atNs - b.atNs))) {
    if (change.kind === 'rows-lost') end(change.atNs, true)
    else if (change.what !== 'refreshed') {
      end(change.atNs, false)
      if (change.what === 'swept' || change.what === 'deleted') continue
      const { revision, managerPeerId, atNs } = change
      present = { revision, managerPeerId, fromNs: atNs, toNs: undefined, lost: false }
      reigns.set(revision, present)
    }
  }
  return reigns
}

/** How often Discovery stamped the row of this reign after that moment. */
export function refreshesAfter(history: readonly Entry[], revision: number, afterNs: bigint): number {
  return entriesOf(history, 'commit').filter(
    (commit) => commit.what === 'refreshed' && commit.revision === revision && commit.atNs >= afterNs
  ).length
}
