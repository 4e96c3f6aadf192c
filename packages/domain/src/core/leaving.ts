/**
 * Leaving, with courtesy: at most 2 s in which the cluster is told, then everything is torn down whatever came of it.
 *
 * The lease is dropped before the first word: answers still under way renew nothing.
 */

import { encodeDocument, memberOf } from './document.ts'
import type { Draft } from './draft.ts'
import { electSuccessor } from './election.ts'
import type { CreateOutcome, Event, PeerId, Row, WriteOutcome } from './events.ts'
import { isManager, slotOf } from './lease.ts'
import { refuseAdmissions } from './promotion.ts'
import { mayBeManager } from './ranking.ts'
import { goodbyeMs, leaveMs } from './settings.ts'
import type { LeaveStep, Leaving, Managing } from './state.ts'

export function onLeaveCalled(draft: Draft): void {
  const { role } = draft.state
  if (role.kind === 'leaving' || role.kind === 'ended') return
  const reigned = isManager(draft.state, draft.now)
  const slot = slotOf(draft.state)
  refuseAdmissions(draft)
  switch (role.kind) {
    case 'starting':
      if (role.step.kind === 'creating') enter(draft, slot, { kind: 'undoing', no: role.step.ask.no })
      else end(draft, slot)
      return
    case 'managing':
      return leaveRole(draft, role, reigned)
    case 'following':
      return sayGoodbye(draft, slot)
  }
}

function enter(draft: Draft, slot: PeerId | undefined, step: LeaveStep): void {
  const { role } = draft.state
  const deadlineAt = role.kind === 'leaving' ? role.deadlineAt : draft.ms + leaveMs
  draft.become({ kind: 'leaving', slot, deadlineAt, step })
}

function end(draft: Draft, slot: PeerId | undefined, deleteFailed?: string): void {
  draft.become({ kind: 'ended', slot })
  draft.emit({ type: 'ended', why: 'left', ...(deleteFailed === undefined ? {} : { deleteFailed }) })
}

function leaveRole(draft: Draft, role: Managing, reigned: boolean): void {
  const others = draft.state.document.peers.filter((member) => member.peerId !== draft.me && mayBeManager(member))
  if (others.length === 0) deleteOwnRow(draft, role.revision)
  else if (reigned) handOver(draft, role)
  else end(draft, draft.me)
}

function deleteOwnRow(draft: Draft, revision: number | undefined): void {
  const no = draft.number()
  enter(draft, draft.me, { kind: 'deleting', no })
  draft.emit({ type: 'delete-row', no, name: draft.state.clusterName, revision, timeoutMs: leaveMs })
}

/** The earliest member that follows us and knows the hint; if none does, the earliest connected one. */
function handOver(draft: Draft, role: Managing): void {
  const { connected, contacts, document } = draft.state
  const followers = [...connected].filter((peer) => contacts.get(peer)?.shows?.epoch === document.order?.epoch)
  const others = { peers: document.peers.filter((member) => member.peerId !== draft.me) }
  const successor = electSuccessor(others, draft.me, followers) ?? electSuccessor(others, draft.me, connected)
  const member = successor === undefined ? undefined : memberOf(document, successor)
  if (member === undefined) return end(draft, draft.me)
  const no = draft.number()
  enter(draft, draft.me, { kind: 'handing-over', no, successor: member.peerId })
  draft.emit({
    type: 'rotate-row',
    no,
    name: draft.state.clusterName,
    revision: role.revision,
    to: { peerId: member.peerId, multiaddrs: member.multiaddrs },
    relayMultiaddrs: draft.state.relayMultiaddrs,
    timeoutMs: leaveMs
  })
}

function leaving<K extends LeaveStep['kind']>(
  draft: Draft,
  kind: K
): (Leaving & { readonly step: Extract<LeaveStep, { kind: K }> }) | undefined {
  const { role } = draft.state
  return role.kind === 'leaving' && role.step.kind === kind
    ? (role as Leaving & { readonly step: Extract<LeaveStep, { kind: K }> })
    : undefined
}

export function onHandedOver(draft: Draft, no: number, outcome: WriteOutcome): void {
  const role = leaving(draft, 'handing-over')
  if (role?.step.no !== no) return
  // Anything else: the survivors take the path of a crash.
  if (outcome.kind !== 'ok') return end(draft, draft.me)
  const goodbyeAt = role.deadlineAt - goodbyeMs
  enter(draft, draft.me, { kind: 'waiting', successor: role.step.successor, revision: outcome.row.revision ?? 0, goodbyeAt })
  const to = draft.state.document.peers
    .map((member) => member.peerId)
    .filter((peer) => peer !== draft.me && draft.state.connected.has(peer))
  draft.emit({ type: 'push', to, membershipJson: encodeDocument(draft.state.document), handoverTo: role.step.successor })
}

/** The successor's own document, of a reign after ours: it may even overtake the answer to our hand-over. */
export function onSuccessorDocument(draft: Draft, author: PeerId, epoch: number | undefined): void {
  const role = leaving(draft, 'waiting') ?? leaving(draft, 'handing-over')
  if (role?.step.successor === author && (epoch ?? 0) > (draft.state.document.order?.epoch ?? 0)) sayGoodbye(draft, author)
}

/** The successor's claim is committed, but it may not know yet, and would not hear our goodbye: its document comes first, for a moment. */
export function onLeavingWatch(draft: Draft, row: Row | undefined): void {
  const role = leaving(draft, 'waiting')
  if (role === undefined || row?.manager !== role.step.successor || (row.revision ?? 0) <= role.step.revision) return
  draft.become({ ...role, step: { ...role.step, goodbyeAt: Math.min(role.step.goodbyeAt, draft.ms + goodbyeMs) } })
}

export function wakeLeaving(draft: Draft): void {
  const { role } = draft.state
  if (role.kind === 'leaving' && draft.ms >= role.deadlineAt) hurry(draft)
  const waiting = leaving(draft, 'waiting')
  if (waiting !== undefined && draft.ms >= waiting.step.goodbyeAt) sayGoodbye(draft, waiting.step.successor)
}

export const leavingDeadline = ({ deadlineAt, step }: Leaving): number =>
  step.kind === 'waiting' ? Math.min(deadlineAt, step.goodbyeAt) : deadlineAt

function sayGoodbye(draft: Draft, manager: PeerId | undefined): void {
  if (manager === undefined || !draft.state.connected.has(manager)) return end(draft, manager)
  const no = draft.number()
  enter(draft, manager, { kind: 'goodbye', no })
  draft.emit({ type: 'request-leave', no, peer: manager })
}

export function onGoodbyeAnswered(draft: Draft, no: number): void {
  const role = leaving(draft, 'goodbye')
  if (role?.step.no === no) end(draft, role.slot)
}

export function onLeavingCreated(draft: Draft, no: number, outcome: CreateOutcome): void {
  const role = leaving(draft, 'undoing')
  if (role?.step.no !== no) return
  if (outcome.kind === 'created') deleteOwnRow(draft, outcome.row.revision)
  else end(draft, role.slot)
}

export function onLeavingDeleted(draft: Draft, event: Extract<Event, { type: 'row-deleted' }>): void {
  const role = leaving(draft, 'deleting')
  if (role?.step.no === event.no) end(draft, draft.me, event.outcome.kind === 'trouble' ? event.outcome.reason : undefined)
}

/** The courtesy's time is over, or somebody is in a hurry. */
export function hurry(draft: Draft): void {
  const { role } = draft.state
  if (role.kind === 'leaving') end(draft, role.slot, role.step.kind === 'deleting' ? 'no answer in time' : undefined)
}
