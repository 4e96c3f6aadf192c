/**
 * Becoming Manager, and ceasing to be.
 *
 * Nothing here is a guess: a promotion follows a create or rotate that Discovery committed, a step-down a row that names another.
 */
import { heard, reconcileWatch } from './contacts.ts'
import { type ClusterDocument, type ClusterMember, lists, withoutMember } from './document.ts'
import { fitEntry } from './entry.ts'
import type { Now, PeerId, Row } from './events.ts'
import { author, pushNow } from './gossip.ts'
import { leaseFrom, livenessIntervalMs } from './lease.ts'
import { aimHeartbeats, allowMembers, dialMembers } from './membership.ts'
import { recheckAt } from './recheck.ts'
import { startRejoin, stopRejoin } from './rejoin.ts'
import type { Following, Unsettled } from './state.ts'
import type { Turn } from './turn.ts'

export const settled = (slot: PeerId | undefined): Following => ({
  kind: 'following',
  slot,
  read: undefined,
  commit: undefined,
  deleting: undefined,
  unsettled: undefined,
  rejoin: undefined,
  gaveUp: undefined
})

/** Not settled behind anybody; `next` is what happens then. */
export const unsettledUntil = (next: Unsettled['next']): Unsettled => ({
  former: undefined,
  turns: [],
  next,
  heartbeatSettles: false,
  awaited: undefined,
  absentAt: undefined
})

/** Our own line of a document. */
export function ownEntry(turn: Turn): ClusterMember {
  const { peerId, multiaddrs, observer, name } = turn.state.self
  return fitEntry({ peerId, multiaddrs, joinTsNs: turn.now.wallNs, successorToken: [], observer, ...(name !== undefined && { name }) })
}

export const freshDocument = (turn: Turn): ClusterDocument => ({
  clusterName: turn.state.clusterName,
  order: undefined,
  ...(turn.state.document.gated && { gated: true }),
  peers: [turn.state.document.peers.find((member) => member.peerId === turn.me) ?? ownEntry(turn)]
})

/** The row names us by a commit of ours, asked for at `sentAt`: take the role with these members. */
export function takeRole(
  turn: Turn,
  row: Row,
  sentAt: Now,
  options: { document: ClusterDocument; tickAt: number; clock: 'start' | 'inherit' }
): void {
  turn.become({
    kind: 'managing',
    revision: row.revision,
    lease: leaseFrom(sentAt, row),
    tick: { nextAt: options.tickAt, missing: false, ask: undefined, late: [], answeredAt: turn.ms },
    losses: [],
    rivals: [],
    rotateAt: Number.POSITIVE_INFINITY
  })
  const order = row.revision === undefined ? undefined : { epoch: row.revision, version: 1 }
  // Our own line may be of another process of this identity; and the lines of another author may be longer than ours.
  const { multiaddrs } = turn.state.self
  const peers = options.document.peers.map((member) => fitEntry(member.peerId === turn.me ? { ...member, multiaddrs } : member))
  author(turn, { ...options.document, peers, order })
  turn.set({ newest: { revision: row.revision ?? 0, row, seenAt: turn.ms }, pending: undefined })
  keepGate(turn)
  turn.emit({ type: 'domain-clock', action: options.clock })
  allowMembers(turn)
  dialMembers(turn)
  aimHeartbeats(turn)
  reconcileWatch(turn, { afresh: true })
  pushNow(turn)
}

/** The mark of a gate goes on with the cluster; the gate itself may have gone with its Manager. */
function keepGate(turn: Turn): void {
  const { document, self } = turn.state
  if (self.gated) turn.set({ document: { ...document, gated: true } })
  else if (document.gated === true) {
    const text =
      'this cluster was admitted to by a gate, and its new Manager has none: everybody is admitted from now on; set admitGate on every peer'
    turn.log('warn', text, { cluster: document.clusterName })
    turn.emit({ type: 'announce', announcement: { type: 'gate-missing' } })
  }
}

/** A follower's create (`former` may go) or claim succeeded. */
export function promote(turn: Turn, row: Row, sentAt: Now, what: 'create' | 'claim'): void {
  const role = turn.following()
  if (role === undefined) return
  const former = what === 'create' ? role.unsettled?.former : undefined
  let document = role.gaveUp !== undefined && what === 'create' ? freshDocument(turn) : turn.state.document
  // A Manager that only lost Discovery is still heard, and keeps its place.
  if (former !== undefined && former !== turn.me && !heard(turn, former)) document = withoutMember(document, former)
  if (!lists(document, turn.me)) document = { ...document, peers: [...document.peers, ownEntry(turn)] }
  stopRejoin(turn)
  // A create set the row's peer count to 1: where there are others the true one goes out at once.
  const early = what === 'create' && document.peers.length > 1
  turn.log('info', 'promoted to Manager', { cluster: turn.state.clusterName, revision: row.revision ?? 0 })
  takeRole(turn, row, sentAt, { document, tickAt: early ? turn.ms : sentAt.monoMs + livenessIntervalMs(undefined), clock: 'inherit' })
}

/** The row names another: the lease is gone, the tick stopped for good. */
export function stepDown(turn: Turn, row: Row): void {
  turn.log('info', 'stepping down: the row names another Manager', { cluster: turn.state.clusterName, manager: row.manager })
  refuseAdmissions(turn)
  turn.become({
    ...settled(row.manager),
    unsettled: unsettledUntil({ kind: 'recheck', at: recheckAt(turn) })
  })
  turn.emit({ type: 'domain-clock', action: 'withdraw' })
  aimHeartbeats(turn)
  reconcileWatch(turn, { afresh: true })
  startRejoin(turn, row.manager, row.multiaddrs, row.revision)
}

/** Nobody is admitted by one who is no longer Manager. */
export function refuseAdmissions(turn: Turn): void {
  for (const { ticket, local } of turn.state.admissions) {
    if (local) turn.emit({ type: 'answer-admit', ticket, answer: { kind: 'not-manager', manager: undefined } })
    else turn.emit({ type: 'answer-join', ticket, answer: { kind: 'reject', reason: 'not the manager' } })
  }
  turn.set({ admissions: [], committingNo: undefined })
}

/** The same identity runs in another process, and that one stays. */
export function endPresence(turn: Turn, manager: PeerId): void {
  turn.log('warn', 'this identity runs in another process: this presence ends', { cluster: turn.state.clusterName, manager })
  stopRejoin(turn)
  refuseAdmissions(turn)
  turn.become({ kind: 'ended', slot: manager })
  turn.emit({ type: 'ended', why: 'identity-in-use' })
}
