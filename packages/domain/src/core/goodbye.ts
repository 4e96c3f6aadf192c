/**
 * Leaving, with courtesy: at most 2 s in which the cluster is told, then everything is torn down whatever came of it.
 *
 * The lease is dropped before the first word: answers still under way renew nothing.
 */

import { contactOf } from './contact-book.ts'
import { type ClusterDocument, memberOf } from './document.ts'
import { type Draft, inRole } from './draft.ts'
import { electSuccessor } from './election.ts'
import { refuseAdmissions } from './ending.ts'
import type { CreateOutcome, Event, PeerId, Row, WriteOutcome } from './events.ts'
import type { Starting } from './joining-state.ts'
import { isManager } from './lease.ts'
import { hasPeer } from './peer-set.ts'
import { mayBeManager } from './ranking.ts'
import { placeOf, type Revision } from './revision.ts'
import type { Following, LeaveStep, Leaving, Managing } from './role.ts'
import { goodbyeMs, leaveMs } from './settings.ts'

export function leaveStarting(draft: Draft<Starting>): void {
  const { step } = draft.role
  if (step.kind === 'creating') enter(draft, undefined, { kind: 'undoing', no: step.ask.no })
  else end(draft, undefined)
}

export const leaveManager = (draft: Draft<Following>): void => sayGoodbye(draft, draft.role.slot)

export function leaveRole(draft: Draft<Managing>): void {
  const { role } = draft
  const reigned = isManager(draft.state, draft.now)
  refuseAdmissions(draft)
  const others = draft.state.document.peers.filter((member) => member.peerId !== draft.me && mayBeManager(member))
  if (others.length === 0) deleteOwnRow(draft, role.revision)
  else if (reigned) handOver(draft, role.revision)
  else end(draft, draft.me)
}

/** The first step of leaving, or the next one. */
function enter(draft: Draft, slot: PeerId | undefined, step: LeaveStep): Draft<Leaving> {
  const deadlineAt = inRole(draft, 'leaving') ? draft.role.deadlineAt : draft.ms + leaveMs
  const leaver = draft.become({ kind: 'leaving', slot, deadlineAt, step })
  leaver.arm('deadline', deadlineAt)
  return leaver
}

function end(draft: Draft, slot: PeerId | undefined, deleteFailed?: string): void {
  draft.become({ kind: 'ended', slot })
  draft.emit({ type: 'ended', why: 'left', ...(deleteFailed === undefined ? {} : { deleteFailed }) })
}

function deleteOwnRow(draft: Draft, revision: Revision): void {
  const no = draft.number()
  enter(draft, draft.me, { kind: 'deleting', no })
  draft.emit({ type: 'delete-row', no, name: draft.state.clusterName, revision, timeoutMs: leaveMs })
}

/** The earliest member that follows us and knows the hint; if none does, the earliest connected one. */
function handOver(draft: Draft, revision: Revision): void {
  const { connected, contacts, document } = draft.state
  const followers = connected.flat().filter((peer) => contactOf(contacts, peer)?.shows?.epoch === document.order?.epoch)
  const others = { peers: document.peers.filter((member) => member.peerId !== draft.me) }
  const successor = electSuccessor(others, draft.me, followers) ?? electSuccessor(others, draft.me, connected.flat())
  const member = successor === undefined ? undefined : memberOf(document, successor)
  if (member === undefined) return end(draft, draft.me)
  const no = draft.number()
  enter(draft, draft.me, { kind: 'handing-over', no, successor: member.peerId })
  draft.emit({
    type: 'rotate-row',
    no,
    name: draft.state.clusterName,
    revision,
    to: { peerId: member.peerId, multiaddrs: member.multiaddrs },
    relayMultiaddrs: draft.state.relayMultiaddrs,
    timeoutMs: leaveMs
  })
}

export function onHandedOver(draft: Draft<Leaving>, no: number, outcome: WriteOutcome): void {
  const { deadlineAt, step } = draft.role
  if (step.kind !== 'handing-over' || step.no !== no) return
  // Anything else: the survivors take the path of a crash.
  if (outcome.kind !== 'ok') return end(draft, draft.me)
  const leaver = enter(draft, draft.me, { kind: 'waiting', successor: step.successor, revision: placeOf(outcome.row.revision) })
  leaver.arm('goodbye', deadlineAt - goodbyeMs)
  const to = draft.state.document.peers
    .map((member) => member.peerId)
    .filter((peer) => peer !== draft.me && hasPeer(draft.state.connected, peer))
  draft.emit({ type: 'push', to, document: draft.state.document, handoverTo: step.successor })
}

/** The successor's own document, of a reign after ours: it may even overtake the answer to our hand-over. */
export function onSuccessorDocument(draft: Draft<Leaving>, author: PeerId, document: ClusterDocument | undefined): void {
  const { step } = draft.role
  if (step.kind !== 'waiting' && step.kind !== 'handing-over') return
  if (step.successor === author && placeOf(document?.order?.epoch) > placeOf(draft.state.document.order?.epoch)) sayGoodbye(draft, author)
}

/** The successor's claim is committed, but it may not know yet, and would not hear our goodbye: its document comes first, for a moment. */
export function onLeavingWatch(draft: Draft<Leaving>, row: Row | undefined): void {
  const { step } = draft.role
  if (step.kind !== 'waiting' || row?.manager !== step.successor || placeOf(row.revision) <= step.revision) return
  draft.arm('goodbye', Math.min(draft.timer('goodbye'), draft.ms + goodbyeMs))
}

/** The successor's document was waited for long enough. */
export function onGoodbyeDue(draft: Draft<Leaving>): void {
  const { step } = draft.role
  if (step.kind === 'waiting') sayGoodbye(draft, step.successor)
}

function sayGoodbye(draft: Draft, manager: PeerId | undefined): void {
  if (manager === undefined || !hasPeer(draft.state.connected, manager)) return end(draft, manager)
  const no = draft.number()
  enter(draft, manager, { kind: 'goodbye', no })
  draft.emit({ type: 'request-leave', no, peer: manager })
}

export function onGoodbyeAnswered(draft: Draft<Leaving>, no: number): void {
  const { slot, step } = draft.role
  if (step.kind === 'goodbye' && step.no === no) end(draft, slot)
}

export function onLeavingCreated(draft: Draft<Leaving>, no: number, outcome: CreateOutcome): void {
  const { slot, step } = draft.role
  if (step.kind !== 'undoing' || step.no !== no) return
  if (outcome.kind === 'created') deleteOwnRow(draft, outcome.row.revision)
  else end(draft, slot)
}

export function onLeavingDeleted(draft: Draft<Leaving>, { no, outcome }: Extract<Event, { type: 'row-deleted' }>): void {
  const { step } = draft.role
  if (step.kind === 'deleting' && step.no === no) end(draft, draft.me, outcome.kind === 'trouble' ? outcome.reason : undefined)
}

/** The courtesy's time is over, or somebody is in a hurry. */
export function hurry(draft: Draft<Leaving>): void {
  const { slot, step } = draft.role
  end(draft, slot, step.kind === 'deleting' ? 'no answer in time' : undefined)
}

/** Leave without a word more than is under way: what `leave` began is cut short. */
export function leaveInHurry(draft: Draft, leave: () => void): void {
  leave()
  if (inRole(draft, 'leaving')) hurry(draft)
}
