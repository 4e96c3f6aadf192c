/** A Manager that was stopped for longer than a row lives has lost its role by the time it goes on, and must not act in it once more. */
import { type Entry, type EntryOf, entriesOf, msBetween, placeOf, viewsByProcess } from './history.ts'
import type { JudgeOptions, Ruling } from './judge.ts'
import type { PeerView } from './messages.ts'
import { refreshesAfter } from './reigns.ts'

/** The last look before a stop may be this old. */
const lookMsMax = 500

interface Stopped {
  readonly frozen: EntryOf<'frozen'>
  readonly peerId: string
  /** The reign it held when it was stopped. */
  readonly epoch: number
}

export function resumedManagersAreSilent(history: readonly Entry[], { rowLifeMs }: JudgeOptions): Ruling {
  const stopped = stoppedManagers(history, rowLifeMs)
  const violations = stopped.flatMap((one) => [
    ...heldOn(history, one),
    ...authored(history, one),
    ...believed(history, one),
    ...refreshed(history, one)
  ])
  return { rule: 'a Manager stopped for longer than a row lives never acts as Manager again', checks: stopped.length, violations }
}

function stoppedManagers(history: readonly Entry[], rowLifeMs: number): Stopped[] {
  return entriesOf(history, 'frozen').flatMap((frozen) => {
    if (msBetween(frozen.fromNs, frozen.toNs) < rowLifeMs) return []
    const held = entriesOf(history, 'held').findLast(
      ({ who, toNs }) => who === frozen.who && toNs <= frozen.toNs && msBetween(toNs, frozen.fromNs) <= lookMsMax
    )
    return held === undefined ? [] : [{ frozen, peerId: held.peerId, epoch: held.epoch }]
  })
}

function heldOn(history: readonly Entry[], { frozen, epoch }: Stopped): string[] {
  const again = entriesOf(history, 'held').find((held) => held.who === frozen.who && held.epoch === epoch && held.toNs >= frozen.toNs)
  return again === undefined
    ? []
    : [`${frozen.who} held the role under ${epoch} again ${msBetween(frozen.toNs, again.toNs)} ms after it went on`]
}

/** An admission or an eviction makes a new version of the document. */
function authored(history: readonly Entry[], { frozen, epoch }: Stopped): string[] {
  const views = viewsByProcess(history).get(frozen.who) ?? []
  const before = views.findLast(({ atNs }) => atNs < frozen.toNs)
  const after = views.find(({ atNs, epoch: of, version }) => atNs >= frozen.toNs && of === epoch && version !== before?.version)
  return after === undefined ? [] : [`${frozen.who} wrote version ${after.version} under ${epoch} after it went on`]
}

/** What it sent before it was stopped may arrive late only where the receiver was stopped or cut off, too. */
function believed(history: readonly Entry[], stopped: Stopped): string[] {
  const { frozen, epoch } = stopped
  return [...viewsByProcess(history)].flatMap(([who, views]) => {
    if (placeOf(who) === placeOf(frozen.who)) return []
    return views.flatMap((view, at) => {
      if (view.epoch !== epoch || view.atNs < frozen.toNs || sameDocument(views[at - 1], view)) return []
      return hindered(history, stopped, who, view.atNs)
        ? []
        : [`${who} took over ${epoch}.${view.version} of ${frozen.who} after that went on`]
    })
  })
}

const sameDocument = (a: PeerView | undefined, b: PeerView): boolean => a?.epoch === b.epoch && a?.version === b.version

function hindered(history: readonly Entry[], { frozen }: Stopped, who: string, atNs: bigint): boolean {
  const places = [placeOf(frozen.who), placeOf(who)]
  const overlaps = ({ fromNs, toNs }: { fromNs: bigint; toNs: bigint }): boolean => fromNs <= atNs && toNs >= frozen.fromNs
  return (
    entriesOf(history, 'frozen').some((other) => other.who === who && overlaps(other)) ||
    entriesOf(history, 'cut').some((cut) => places.includes(cut.from) && places.includes(cut.to) && overlaps(cut))
  )
}

function refreshed(history: readonly Entry[], { frozen, epoch }: Stopped): string[] {
  const count = refreshesAfter(history, epoch, frozen.toNs)
  return count === 0 ? [] : [`Discovery took ${count} liveness checks under ${epoch} after ${frozen.who} went on`]
}
