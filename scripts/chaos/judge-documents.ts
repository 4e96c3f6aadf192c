/** Documents only move forward, say one thing under one version, and keep the join times of those who stay. */
import { type Entry, viewsByProcess } from './history.ts'
import type { Ruling } from './judge.ts'
import type { PeerView } from './messages.ts'

/**
 * Looked at where documents are written: in its author's hands no member's join time moves, unless it left in between. Together with
 * {@link oneVersionOneText} that covers every reader.
 */
export function joinTimesStay(history: readonly Entry[]): Ruling {
  let checks = 0
  const violations: string[] = []
  for (const [who, view, before] of steps(history)) {
    if (view.managerPeerId !== view.peerId) continue
    for (const [peerId, joinTsNs] of view.members) {
      const earlier = before.members.get(peerId)
      if (earlier === undefined || view.gone.includes(peerId)) continue
      checks += 1
      if (earlier !== joinTsNs)
        violations.push(`${who} has ${peerId} joining at ${joinTsNs} under ${name(view)}, at ${earlier} under ${name(before)}`)
    }
  }
  return { rule: 'the join time of a member that stays never moves', checks, violations }
}

export function oneVersionOneText(history: readonly Entry[]): Ruling {
  const texts = new Map<string, string>()
  let checks = 0
  const violations: string[] = []
  for (const [who, views] of viewsByProcess(history)) {
    for (const view of views) {
      if (view.epoch === undefined) continue
      const text = [...view.members].map(([peerId, joinTsNs]) => `${peerId} ${joinTsNs}`).join(', ')
      const known = texts.get(name(view)) ?? text
      texts.set(name(view), known)
      checks += 1
      if (text !== known) violations.push(`${who} has another document ${name(view)}: ${text}; others have ${known}`)
    }
  }
  return { rule: 'a version of the document says the same to all', checks, violations }
}

export function versionsGrow(history: readonly Entry[]): Ruling {
  let checks = 0
  const violations: string[] = []
  for (const [who, view, before] of steps(history)) {
    if (view.epoch === undefined || before.epoch === undefined) continue
    checks += 1
    const grew = view.epoch - before.epoch || (view.version ?? 0) - (before.version ?? 0)
    if (grew < 0) violations.push(`${who} went from ${name(before)} back to ${name(view)}`)
  }
  return { rule: 'nobody goes back to an older document', checks, violations }
}

/** Every view with the one before it. */
function* steps(history: readonly Entry[]): Generator<[who: string, view: PeerView, before: PeerView]> {
  for (const [who, views] of viewsByProcess(history)) {
    for (const [at, view] of views.entries()) if (at > 0) yield [who, view, views[at - 1]!]
  }
}

const name = ({ epoch, version }: PeerView): string => `${epoch}.${version}`
