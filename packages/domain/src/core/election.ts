/**
 * Who should ask for the row when it is gone.
 *
 * The election only nominates: members rank by join time, two candidates get a turn, then everybody asks; Discovery's answer to a create
 * decides, and creating can't overwrite. That a candidate gives no sign of life takes no turn from it: idle followers exchange nothing.
 */
import type { ClusterMember } from './document.ts'
import type { PeerId } from './events.ts'
import { moveSlot } from './membership.ts'
import { noteWrite, writeDueAt } from './pace.ts'
import { unsettledUntil } from './promotion.ts'
import { bySeniority, mayBeManager, mayReign } from './ranking.ts'
import { recheckAt } from './recheck.ts'
import { discoveryRequestMs, electionOpenMs, electionSettleMs, electionTurnSpreadMs, electionTurnsMax } from './settings.ts'
import type { Unsettled } from './state.ts'
import type { Turn } from './turn.ts'

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
export function startElection(turn: Turn, former: PeerId | undefined): void {
  setNext(turn, { kind: 'settle', at: turn.ms + electionSettleMs }, { former, heartbeatSettles: false, absentAt: absentSince(turn) })
}

const absentSince = (turn: Turn): number => turn.following()?.unsettled?.absentAt ?? turn.ms

/** Enough turns were given, or enough time: whoever may reign asks, not all in the same moment. */
export const isOpen = (turn: Turn, { turns, absentAt = turn.ms }: Partial<Unsettled>): boolean =>
  (turns?.length ?? 0) >= electionTurnsMax || turn.ms - absentAt >= electionOpenMs

export function openElection(turn: Turn, former: PeerId | undefined): void {
  setNext(turn, { kind: 'open', at: turn.ms + electionTurnSpreadMs * turn.draw() }, { former, heartbeatSettles: false })
}

export function setNext(turn: Turn, next: Unsettled['next'], patch: Partial<Unsettled> = {}): void {
  const role = turn.following()
  if (role === undefined) return
  turn.follow({ unsettled: { ...(role.unsettled ?? unsettledUntil(next)), next, ...patch } })
}

export const turnEndsAt = (turn: Turn): number => turn.ms + turn.state.settings.electionTurnMs + electionTurnSpreadMs * turn.draw()

/** The settle time is over. */
export function elect(turn: Turn): void {
  const role = turn.following()
  if (role?.unsettled === undefined) return
  const winner = nominate(turn, role.unsettled)
  if (winner !== undefined && winner !== turn.me) giveTurn(turn, winner)
  else nominateSelf(turn)
}

/** Whoever may not reign waits for a row. */
export function nominateSelf(turn: Turn): void {
  if (mayReign(turn)) createRow(turn)
  else setNext(turn, { kind: 'recheck', at: recheckAt(turn) }, { turns: [] })
}

/** Not being in the document, we come after its connected members: they are found first, or nobody. */
function nominate(turn: Turn, { former, turns }: Unsettled): PeerId | undefined {
  const out = new Set(former === undefined ? turns : [former, ...turns])
  out.delete(turn.me)
  const peers = turn.state.document.peers.filter((member) => !out.has(member.peerId))
  const connected = [...turn.state.connected].filter((peer) => !out.has(peer))
  return electSuccessor({ peers }, turn.me, connected)
}

/** Take the candidate for the Manager while its turn lasts. */
export function giveTurn(turn: Turn, candidate: PeerId): void {
  moveSlot(turn, candidate)
  const absentAt = absentSince(turn)
  const turns = [...new Set([...(turn.following()?.unsettled?.turns ?? []), candidate])]
  setNext(turn, { kind: 'turn', at: Math.min(turnEndsAt(turn), absentAt + electionOpenMs) }, { turns, absentAt })
}

/** A second write within an interval: look at the row again when it may leave. */
function tooSoon(turn: Turn): boolean {
  const dueAt = writeDueAt(turn)
  if (dueAt <= turn.ms) return false
  setNext(turn, { kind: 'recheck', at: dueAt })
  return true
}

/** An absent row is always created, never rotated: create cannot overwrite. */
export function createRow(turn: Turn): void {
  if (tooSoon(turn)) return
  noteWrite(turn)
  const ask = turn.ask()
  turn.follow({ commit: { what: 'create', ask } })
  turn.emit({
    type: 'create-row',
    no: ask.no,
    name: turn.state.clusterName,
    relayMultiaddrs: turn.state.relayMultiaddrs,
    timeoutMs: discoveryRequestMs
  })
}

/** The row names us: no election, ask for it under its revision. */
export function claimRow(turn: Turn, revision: number | undefined): void {
  if (tooSoon(turn)) return
  noteWrite(turn)
  const ask = turn.ask()
  turn.follow({ commit: { what: 'claim', ask } })
  turn.emit({
    type: 'rotate-row',
    no: ask.no,
    name: turn.state.clusterName,
    revision,
    relayMultiaddrs: turn.state.relayMultiaddrs,
    timeoutMs: discoveryRequestMs
  })
}
