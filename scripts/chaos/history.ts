/** Everything a chaos run saw, in the order in which it was told of it. Times are ns on the machine's one monotonic clock. */
import type { Commit, Held, PeerView } from './messages.ts'
import type { Place } from './network.ts'

/** One life of a process: `p3#2` is the second process at the place `p3`. */
export type Who = string

export type Entry =
  | ({ readonly kind: 'commit' } & Commit)
  /** Discovery was killed, and its rows with it. */
  | { readonly kind: 'rows-lost'; readonly atNs: bigint }
  | ({ readonly kind: 'held'; readonly who: Who; readonly peerId: string } & Held)
  | { readonly kind: 'view'; readonly who: Who; readonly view: PeerView }
  /** A process was stopped, and went on. */
  | { readonly kind: 'frozen'; readonly who: Who; readonly fromNs: bigint; readonly toNs: bigint }
  | { readonly kind: 'cut'; readonly from: Place; readonly to: Place; readonly fromNs: bigint; readonly toNs: bigint }
  /** A process, or the presence in it, ended although nobody had ended it. */
  | { readonly kind: 'died'; readonly who: Who; readonly atNs: bigint; readonly why: string }
  /** After everything was mended, all agreed with Discovery's row; or did not, and why. */
  | { readonly kind: 'mended'; readonly atNs: bigint; readonly tookMs: number; readonly disagreement: string | undefined }

export type EntryOf<K extends Entry['kind']> = Extract<Entry, { kind: K }>

export function entriesOf<K extends Entry['kind']>(history: readonly Entry[], kind: K): EntryOf<K>[] {
  return history.filter((entry): entry is EntryOf<K> => entry.kind === kind)
}

export const placeOf = (who: Who): Place => who.slice(0, who.indexOf('#'))

export const msBetween = (fromNs: bigint, toNs: bigint): number => Number(toNs - fromNs) / 1e6

/** The views of each process, in order. */
export function viewsByProcess(history: readonly Entry[]): Map<Who, PeerView[]> {
  const views = new Map<Who, PeerView[]>()
  for (const { who, view } of entriesOf(history, 'view')) {
    const known = views.get(who)
    if (known === undefined) views.set(who, [view])
    else known.push(view)
  }
  return views
}
