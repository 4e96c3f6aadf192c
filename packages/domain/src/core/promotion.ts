/**
 * Becoming Manager, and ceasing to be.
 *
 * Nothing here is a guess: a promotion follows a create or rotate that Discovery committed, a step-down a row that names another.
 */
import { reconcileWatch } from './contacts.ts'
import { type ClusterDocument, type ClusterMember, lists } from './document.ts'
import type { Draft } from './draft.ts'
import { refuseAdmissions } from './ending.ts'
import type { PeerId, Row } from './events.ts'
import { formerManager, watchFormer, withFormer } from './former.ts'
import { author, pushNow } from './gossip.ts'
import type { Starting } from './joining-state.ts'
import { lapsesAt, leaseFrom, livenessIntervalMs } from './lease.ts'
import { aimHeartbeats, allowMembers, dialMembers } from './membership.ts'
import { written } from './own-addresses.ts'
import { startRejoin, stopRejoin } from './rejoin.ts'
import { placeOf } from './revision.ts'
import type { Ask, Following, Managing } from './role.ts'
import { lookLater, settled } from './stance.ts'

/** Our own line of a document. */
export function ownEntry(draft: Draft): ClusterMember {
  const { peerId, multiaddrs, observer, name } = draft.state.self
  return { peerId, multiaddrs, joinTsNs: draft.now.wallNs, successorToken: [], observer, ...(name !== undefined && { name }) }
}

export const freshDocument = (draft: Draft): ClusterDocument => ({
  clusterName: draft.state.clusterName,
  order: undefined,
  ...(draft.state.document.gated && { gated: true }),
  peers: [draft.state.document.peers.find((member) => member.peerId === draft.me) ?? ownEntry(draft)]
})

/** The row names us by a commit of ours, asked for at `sentAt`: take the role with these members. */
export function takeRole(
  draft: Draft<Starting | Following>,
  row: Row,
  ask: Ask,
  options: { document: ClusterDocument; former?: PeerId | undefined; tickAt: number; clock: 'start' | 'inherit' }
): void {
  const { sentAt } = ask
  const manager = draft.become({
    kind: 'managing',
    revision: row.revision,
    lease: leaseFrom(sentAt, row),
    contestedAt: Number.NEGATIVE_INFINITY,
    ask: undefined,
    late: [],
    missing: false,
    answeredAt: draft.ms,
    losses: [],
    doubts: [],
    former: options.former,
    remembered: [],
    rivals: [],
    written: written(ask, row)
  })
  manager.arm('tick', options.tickAt)
  manager.arm('lapse', lapsesAt(leaseFrom(sentAt, row)))
  const order = row.revision === undefined ? undefined : { epoch: row.revision, version: 1 }
  const peers = options.document.peers.map((member) => (member.peerId === draft.me ? ownLine(draft, member) : member))
  author(draft, { ...options.document, peers, order })
  draft.set({ newest: { revision: placeOf(row.revision), row, seenAt: draft.ms } })
  keepGate(draft)
  draft.emit({ type: 'domain-clock', action: options.clock })
  allowMembers(draft)
  dialMembers(draft)
  aimHeartbeats(draft)
  reconcileWatch(draft, { afresh: true })
  watchFormer(draft, options.former)
  pushNow(draft)
}

/** It may be of another process of this identity, or say that only others heard us. */
function ownLine(draft: Draft, { indirect: _, ...member }: ClusterMember): ClusterMember {
  return { ...member, multiaddrs: draft.state.self.multiaddrs }
}

/** The mark of a gate goes on with the cluster; the gate itself may have gone with its Manager. */
function keepGate(draft: Draft): void {
  const { document, self } = draft.state
  if (self.gated) draft.set({ document: { ...document, gated: true } })
  else if (document.gated === true) {
    const text =
      'this cluster was admitted to by a gate, and its new Manager has none: everybody is admitted from now on; set admitGate on every peer'
    draft.log('warn', text, { cluster: document.clusterName })
    draft.emit({ type: 'announce', announcement: { type: 'gate-missing' } })
  }
}

/** A follower's create or claim succeeded. */
export function promote(draft: Draft<Following>, row: Row, ask: Ask, what: 'create' | 'claim'): void {
  const { stance } = draft.role
  const former = formerManager(draft, what)
  const held = stance.kind === 'gave-up' && what === 'create' ? freshDocument(draft) : draft.state.document
  let document = withFormer(draft, held, former)
  if (!lists(document, draft.me)) document = { ...document, peers: [...document.peers, ownEntry(draft)] }
  stopRejoin(draft)
  // A create set the row's peer count to 1: where there are others the true one goes out at once.
  const early = what === 'create' && document.peers.length > 1
  draft.log('info', 'promoted to Manager', { cluster: draft.state.clusterName, revision: placeOf(row.revision) })
  const { sentAt } = ask
  takeRole(draft, row, ask, {
    document,
    former,
    tickAt: early ? draft.ms : sentAt.monoMs + livenessIntervalMs(leaseFrom(sentAt, row)),
    clock: 'inherit'
  })
}

/** The row names another: the lease is gone, the tick stopped for good. */
export function stepDown(draft: Draft<Managing>, row: Row): void {
  draft.log('info', 'stepping down: the row names another Manager', { cluster: draft.state.clusterName, manager: row.manager })
  refuseAdmissions(draft)
  const follower = draft.become(settled(row.manager))
  lookLater(follower)
  follower.emit({ type: 'domain-clock', action: 'withdraw' })
  aimHeartbeats(follower)
  reconcileWatch(follower, { afresh: true })
  startRejoin(follower, row.manager, row.multiaddrs, row.revision)
}
