/**
 * Who should ask for the row when it is gone.
 *
 * The election only nominates: members rank by join time, each candidate gets a turn, and Discovery's answer to a create decides.
 */
import type { ClusterMember } from './document.ts'
import type { PeerId } from './events.ts'
import { moveSlot } from './membership.ts'
import { noteWrite, writeDueAt } from './pace.ts'
import { recheckAt } from './recheck.ts'
import { discoveryRequestMs, electionSettleMs, electionTurnSpreadMs } from './settings.ts'
import type { Unsettled } from './state.ts'
import type { Turn } from './turn.ts'

const bySeniority = (a: ClusterMember, b: ClusterMember): number => {
  if (a.joinTsNs !== b.joinTsNs) return a.joinTsNs < b.joinTsNs ? -1 : 1
  return a.peerId < b.peerId ? -1 : a.peerId > b.peerId ? 1 : 0
}

/** The longest-standing member that is ourselves or connected, observers apart; `undefined`: nobody. */
export function electSuccessor(
  membership: { readonly peers: readonly ClusterMember[] },
  localPeerId: PeerId,
  connected: Iterable<PeerId>
): PeerId | undefined {
  const reachable = new Set(connected).add(localPeerId)
  return membership.peers
    .filter((member) => !member.observer)
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
  setNext(turn, { kind: 'settle', at: turn.ms + electionSettleMs }, { former, heartbeatSettles: false })
}

export function setNext(turn: Turn, next: Unsettled['next'], patch: Partial<Unsettled> = {}): void {
  const role = turn.following()
  if (role === undefined) return
  const unsettled = role.unsettled ?? { former: undefined, turns: [], next, heartbeatSettles: false, awaited: undefined }
  turn.follow({ unsettled: { ...unsettled, next, ...patch } })
}

export const turnEndsAt = (turn: Turn): number => turn.ms + turn.state.settings.electionTurnMs + electionTurnSpreadMs * turn.draw()

/** The settle time is over. */
export function elect(turn: Turn): void {
  const role = turn.following()
  if (role?.unsettled === undefined) return
  const winner = nominate(turn, role.unsettled)
  if (winner !== undefined && winner !== turn.me) giveTurn(turn, winner)
  else if (turn.state.self.observer) setNext(turn, { kind: 'recheck', at: recheckAt(turn) }, { turns: [] })
  else createRow(turn)
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
  const turns = [...new Set([...(turn.following()?.unsettled?.turns ?? []), candidate])]
  setNext(turn, { kind: 'turn', at: turnEndsAt(turn) }, { turns })
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
