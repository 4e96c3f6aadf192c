/**
 * Leaving, with courtesy: at most 2 s in which the cluster is told, then everything is torn down whatever came of it.
 *
 * The lease is dropped before the first word: answers still under way renew nothing.
 */

import { encodeDocument, memberOf } from './document.ts'
import { electSuccessor } from './election.ts'
import type { CreateOutcome, Event, PeerId, Row, WriteOutcome } from './events.ts'
import { isManager, slotOf } from './lease.ts'
import { refuseAdmissions } from './promotion.ts'
import { mayBeManager } from './ranking.ts'
import { goodbyeMs, leaveMs } from './settings.ts'
import type { LeaveStep, Leaving, Managing } from './state.ts'
import type { Turn } from './turn.ts'

export function onLeaveCalled(turn: Turn): void {
  const { role } = turn.state
  if (role.kind === 'leaving' || role.kind === 'ended') return
  const reigned = isManager(turn.state, turn.now)
  const slot = slotOf(turn.state)
  refuseAdmissions(turn)
  switch (role.kind) {
    case 'starting':
      if (role.step.kind === 'creating') enter(turn, slot, { kind: 'undoing', no: role.step.ask.no })
      else end(turn, slot)
      return
    case 'managing':
      return leaveRole(turn, role, reigned)
    case 'following':
      return sayGoodbye(turn, slot)
  }
}

function enter(turn: Turn, slot: PeerId | undefined, step: LeaveStep): void {
  const { role } = turn.state
  const deadlineAt = role.kind === 'leaving' ? role.deadlineAt : turn.ms + leaveMs
  turn.become({ kind: 'leaving', slot, deadlineAt, step })
}

function end(turn: Turn, slot: PeerId | undefined, deleteFailed?: string): void {
  turn.become({ kind: 'ended', slot })
  turn.emit({ type: 'ended', why: 'left', ...(deleteFailed === undefined ? {} : { deleteFailed }) })
}

function leaveRole(turn: Turn, role: Managing, reigned: boolean): void {
  const others = turn.state.document.peers.filter((member) => member.peerId !== turn.me && mayBeManager(member))
  if (others.length === 0) deleteOwnRow(turn, role.revision)
  else if (reigned) handOver(turn, role)
  else end(turn, turn.me)
}

function deleteOwnRow(turn: Turn, revision: number | undefined): void {
  const no = turn.number()
  enter(turn, turn.me, { kind: 'deleting', no })
  turn.emit({ type: 'delete-row', no, name: turn.state.clusterName, revision, timeoutMs: leaveMs })
}

/** The earliest member that follows us and knows the hint; if none does, the earliest connected one. */
function handOver(turn: Turn, role: Managing): void {
  const { connected, contacts, document } = turn.state
  const followers = [...connected].filter((peer) => contacts.get(peer)?.shows?.epoch === document.order?.epoch)
  const others = { peers: document.peers.filter((member) => member.peerId !== turn.me) }
  const successor = electSuccessor(others, turn.me, followers) ?? electSuccessor(others, turn.me, connected)
  const member = successor === undefined ? undefined : memberOf(document, successor)
  if (member === undefined) return end(turn, turn.me)
  const no = turn.number()
  enter(turn, turn.me, { kind: 'handing-over', no, successor: member.peerId })
  turn.emit({
    type: 'rotate-row',
    no,
    name: turn.state.clusterName,
    revision: role.revision,
    to: { peerId: member.peerId, multiaddrs: member.multiaddrs },
    relayMultiaddrs: turn.state.relayMultiaddrs,
    timeoutMs: leaveMs
  })
}

function leaving<K extends LeaveStep['kind']>(
  turn: Turn,
  kind: K
): (Leaving & { readonly step: Extract<LeaveStep, { kind: K }> }) | undefined {
  const { role } = turn.state
  return role.kind === 'leaving' && role.step.kind === kind
    ? (role as Leaving & { readonly step: Extract<LeaveStep, { kind: K }> })
    : undefined
}

export function onHandedOver(turn: Turn, no: number, outcome: WriteOutcome): void {
  const role = leaving(turn, 'handing-over')
  if (role?.step.no !== no) return
  // Anything else: the survivors take the path of a crash.
  if (outcome.kind !== 'ok') return end(turn, turn.me)
  const goodbyeAt = role.deadlineAt - goodbyeMs
  enter(turn, turn.me, { kind: 'waiting', successor: role.step.successor, revision: outcome.row.revision ?? 0, goodbyeAt })
  const to = turn.state.document.peers.map((member) => member.peerId).filter((peer) => peer !== turn.me && turn.state.connected.has(peer))
  turn.emit({ type: 'push', to, membershipJson: encodeDocument(turn.state.document), handoverTo: role.step.successor })
}

/** The successor's own document, of a reign after ours: it may even overtake the answer to our hand-over. */
export function onSuccessorDocument(turn: Turn, author: PeerId, epoch: number | undefined): void {
  const role = leaving(turn, 'waiting') ?? leaving(turn, 'handing-over')
  if (role?.step.successor === author && (epoch ?? 0) > (turn.state.document.order?.epoch ?? 0)) sayGoodbye(turn, author)
}

/** The successor's claim is committed, but it may not know yet, and would not hear our goodbye: its document comes first, for a moment. */
export function onLeavingWatch(turn: Turn, row: Row | undefined): void {
  const role = leaving(turn, 'waiting')
  if (role === undefined || row?.manager !== role.step.successor || (row.revision ?? 0) <= role.step.revision) return
  turn.become({ ...role, step: { ...role.step, goodbyeAt: Math.min(role.step.goodbyeAt, turn.ms + goodbyeMs) } })
}

export function wakeLeaving(turn: Turn): void {
  const { role } = turn.state
  if (role.kind === 'leaving' && turn.ms >= role.deadlineAt) hurry(turn)
  const waiting = leaving(turn, 'waiting')
  if (waiting !== undefined && turn.ms >= waiting.step.goodbyeAt) sayGoodbye(turn, waiting.step.successor)
}

export const leavingDeadline = ({ deadlineAt, step }: Leaving): number =>
  step.kind === 'waiting' ? Math.min(deadlineAt, step.goodbyeAt) : deadlineAt

function sayGoodbye(turn: Turn, manager: PeerId | undefined): void {
  if (manager === undefined || !turn.state.connected.has(manager)) return end(turn, manager)
  const no = turn.number()
  enter(turn, manager, { kind: 'goodbye', no })
  turn.emit({ type: 'request-leave', no, peer: manager })
}

export function onGoodbyeAnswered(turn: Turn, no: number): void {
  const role = leaving(turn, 'goodbye')
  if (role?.step.no === no) end(turn, role.slot)
}

export function onLeavingCreated(turn: Turn, no: number, outcome: CreateOutcome): void {
  const role = leaving(turn, 'undoing')
  if (role?.step.no !== no) return
  if (outcome.kind === 'created') deleteOwnRow(turn, outcome.row.revision)
  else end(turn, role.slot)
}

export function onLeavingDeleted(turn: Turn, event: Extract<Event, { type: 'row-deleted' }>): void {
  const role = leaving(turn, 'deleting')
  if (role?.step.no === event.no) end(turn, turn.me, event.outcome.kind === 'trouble' ? event.outcome.reason : undefined)
}

/** The courtesy's time is over, or somebody is in a hurry. */
export function hurry(turn: Turn): void {
  const { role } = turn.state
  if (role.kind === 'leaving') end(turn, role.slot, role.step.kind === 'deleting' ? 'no answer in time' : undefined)
}
