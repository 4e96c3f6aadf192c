/**
 * Who should ask for the row when it is gone.
 *
 * The election only nominates: members rank by join time, two candidates get a turn, then everybody asks; Discovery's answer to a create
 * decides, and creating can't overwrite. That a candidate gives no sign of life takes no turn from it: idle followers exchange nothing.
 */
import type { ClusterMember } from './document.ts'
import type { Draft } from './draft.ts'
import type { PeerId } from './events.ts'
import { moveSlot } from './membership.ts'
import { noteWrite, writeDueAt } from './pace.ts'
import { bySeniority, mayBeManager, mayReign } from './ranking.ts'
import type { Revision } from './revision.ts'
import type { Ask, Following, Search } from './role.ts'
import { discoveryRequestMs, electionOpenMs, electionSettleMs, electionTurnSpreadMs, electionTurnsMax } from './settings.ts'
import { enter, look, lookLater, searchOf } from './stance.ts'

/** The first in rank that is ourselves or connected; `undefined`: nobody. Observers and members without an address are none. */
export function electSuccessor(
  membership: { readonly peers: readonly ClusterMember[] },
  localPeerId: PeerId,
  connected: Iterable<PeerId>
): PeerId | undefined {
  const reachable = new Set(connected).add(localPeerId)
  return membership.peers
    .filter(mayBeManager)
    .sort(bySeniority)
    .find((member) => reachable.has(member.peerId))?.peerId
}

/** What a peer that lost `lostPeerId` does about the row it reads: elect, wait for the lost one, claim what is its own, or follow. */
export function decideManagerLossAction(
  row: { readonly managerPeerId: PeerId } | undefined,
  lostPeerId: PeerId,
  localPeerId: PeerId
): 'electLocally' | 'defer' | 'claim' | 'follow' {
  if (row === undefined) return 'electLocally'
  if (row.managerPeerId === lostPeerId) return 'defer'
  return row.managerPeerId === localPeerId ? 'claim' : 'follow'
}

/** The row is gone: let what is under way arrive, then look who is connected. */
export function startElection(draft: Draft<Following>, former: PeerId | undefined): void {
  enter(draft, 'electing', draft.ms + electionSettleMs, { former, absentAt: absentSince(draft) })
}

const absentSince = (draft: Draft<Following>): number => searchOf(draft.role.stance).absentAt ?? draft.ms

/** Enough turns were given, or enough time: whoever may reign asks, not all in the same moment. */
export const isOpen = (draft: Draft, { turns, absentAt = draft.ms }: Search): boolean =>
  turns.length >= electionTurnsMax || draft.ms - absentAt >= electionOpenMs

export function openElection(draft: Draft<Following>, former: PeerId | undefined): void {
  enter(draft, 'open', draft.ms + electionTurnSpreadMs * draft.draw(), { former })
}

export const turnEndsAt = (draft: Draft): number => draft.ms + draft.state.settings.electionTurnMs + electionTurnSpreadMs * draft.draw()

/** The time to settle is over. */
export function elect(draft: Draft<Following>, search: Search): void {
  const winner = nominate(draft, search)
  if (winner !== undefined && winner !== draft.me) giveTurn(draft, winner, search.former)
  else nominateSelf(draft)
}

/** Whoever may not reign waits for a row. */
export function nominateSelf(draft: Draft<Following>): void {
  if (mayReign(draft)) createRow(draft)
  else lookLater(draft, { turns: [] })
}

/** Not being in the document, we come after its connected members: they are found first, or nobody. */
function nominate(draft: Draft, { former, turns }: Search): PeerId | undefined {
  const out = new Set(former === undefined ? turns : [former, ...turns])
  out.delete(draft.me)
  const peers = draft.state.document.peers.filter((member) => !out.has(member.peerId))
  const connected = draft.state.connected.flat().filter((peer) => !out.has(peer))
  return electSuccessor({ peers }, draft.me, connected)
}

/** Take the candidate for the Manager while its turn lasts. */
export function giveTurn(draft: Draft<Following>, candidate: PeerId, former: PeerId | undefined): void {
  moveSlot(draft, candidate)
  const absentAt = absentSince(draft)
  const turns = [...new Set([...searchOf(draft.role.stance).turns, candidate])]
  enter(draft, 'waiting', Math.min(turnEndsAt(draft), absentAt + electionOpenMs), { former, turns, absentAt })
}

/** A second write within an interval: look at the row again when it may leave. */
function tooSoon(draft: Draft<Following>): boolean {
  const dueAt = writeDueAt(draft)
  if (dueAt <= draft.ms) return false
  look(draft, dueAt)
  return true
}

/** An absent row is always created, never rotated: create cannot overwrite. */
export function createRow(draft: Draft<Following>): void {
  const ask = commit(draft, 'create')
  if (ask === undefined) return
  const { clusterName: name, relayMultiaddrs } = draft.state
  draft.emit({ type: 'create-row', no: ask.no, name, relayMultiaddrs, timeoutMs: discoveryRequestMs })
}

/** The row names us: no election, ask for it under its revision. */
export function claimRow(draft: Draft<Following>, revision: Revision): void {
  const ask = commit(draft, 'claim')
  if (ask === undefined) return
  const { clusterName: name, relayMultiaddrs } = draft.state
  draft.emit({ type: 'rotate-row', no: ask.no, name, revision, relayMultiaddrs, timeoutMs: discoveryRequestMs })
}

function commit(draft: Draft<Following>, what: 'create' | 'claim'): Ask | undefined {
  if (tooSoon(draft)) return undefined
  noteWrite(draft)
  const ask = draft.ask('commit')
  draft.follow({ commit: { ...ask, what } })
  return ask
}
