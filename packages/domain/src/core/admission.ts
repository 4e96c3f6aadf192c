/**
 * Letting a peer in (`/auki/join/0.0.1`): the Manager's side.
 *
 *   role → the app's gate → role again → admit or refresh → allow-list → Accept → push
 *
 * Gates of different joiners run side by side; what follows a gate is one step. The shell sets the allow-list before it sends the Accept, because it
 * carries out what a step wants in order. A peer that is a member already keeps its place and join time, so joining again never moves the order of
 * succession.
 */
import type { Refusal } from '@auki/network'
import { seen } from './contacts.ts'
import { type ClusterDocument, lists, memberOf } from './document.ts'
import { type Draft, inRole } from './draft.ts'
import type { AdmitAnswer } from './effect.ts'
import type { Event, GateVerdict, PeerId } from './events.ts'
import { changeMembers } from './gossip.ts'
import { isOneTooMany, noteAccepted } from './instances.ts'
import { mayCommit, slotOf } from './lease.ts'
import { tellMembers } from './manager.ts'
import { allowMembers } from './membership.ts'
import { joinTimeOf } from './remembered.ts'
import { tellReturn } from './returns.ts'
import { gateMs } from './settings.ts'
import type { Joiner } from './state.ts'
import { onMemberHeard } from './suspects.ts'
import { setAdmissions } from './waiting.ts'

type JoinRequested = Extract<Event, { type: 'join-requested' }>
type AdmitCalled = Extract<Event, { type: 'admit-called' }>

export function onJoinRequested(
  draft: Draft,
  { ticket, peer, multiaddrs, observer, instance = '', name, authorization }: JoinRequested
): void {
  const joiner: Joiner = { ticket, peer, multiaddrs, observer, instance, ...named(name) }
  if (!mayCommit(draft.state, draft.now)) return refuse(draft, joiner, { why: 'not-manager' })
  if (!draft.state.self.gated) return decide(draft, joiner)
  setAdmissions(draft, [...draft.state.admissions, { ...joiner, until: draft.ms + gateMs }])
  draft.emit({ type: 'check-gate', ticket, peer, authorization, ...named(name), clusterName: draft.state.clusterName })
}

const named = (name: string | undefined): { readonly name?: string } => (name === undefined ? {} : { name })

export function onGateAnswered(draft: Draft, ticket: number, verdict: GateVerdict): void {
  const joiner = draft.state.admissions.find((waiting) => waiting.ticket === ticket)
  if (joiner === undefined) return
  // After a halt the answer may be handled before the timer that ended the wait.
  if (draft.ms >= joiner.until) return onAdmissionsDue(draft)
  forget(draft, ticket)
  if (verdict.kind === 'ok') decide(draft, joiner)
  else refuse(draft, joiner, verdict.kind === 'refused' ? { why: 'refused', reason: verdict.reason } : { why: 'gate-failed' })
}

/** Nobody is admitted who no longer hears of it. */
export function onJoinAbandoned(draft: Draft, ticket: number): void {
  forget(draft, ticket)
}

function forget(draft: Draft, ticket: number): void {
  setAdmissions(
    draft,
    draft.state.admissions.filter((waiting) => waiting.ticket !== ticket)
  )
}

function decide(draft: Draft, joiner: Joiner): void {
  const refusal = refusalOf(draft, joiner)
  if (refusal !== undefined) return refuse(draft, joiner, refusal)
  tellReturn(draft, joiner)
  admit(draft, joiner)
  draft.emit({ type: 'answer-join', ticket: joiner.ticket, answer: { kind: 'accept', document: draft.state.document } })
  welcome(draft, joiner.peer)
  noteAccepted(draft, joiner)
}

function refusalOf(draft: Draft, joiner: Joiner): Refusal | undefined {
  if (!mayCommit(draft.state, draft.now)) return { why: 'not-manager' }
  if (isOneTooMany(draft, joiner)) return { why: 'identity-in-use' }
  if (!lists(draft.state.document, joiner.peer) && isFull(draft)) return { why: 'cluster-full' }
  return undefined
}

const isFull = (draft: Draft): boolean => draft.state.document.peers.length >= draft.state.settings.maxMembers

/** The app admits a peer by itself; unlike a JoinRequest, not twice. */
export function onAdmitCalled(draft: Draft, { ticket, peer, multiaddrs }: AdmitCalled): void {
  const answer = answerToApp(draft, peer)
  if (answer.kind !== 'admitted') return draft.emit({ type: 'answer-admit', ticket, answer })
  admit(draft, { peer, multiaddrs, observer: false })
  draft.emit({ type: 'answer-admit', ticket, answer })
  welcome(draft, peer)
}

function answerToApp(draft: Draft, peer: PeerId): AdmitAnswer {
  const { role, document } = draft.state
  if (role.kind === 'leaving' || role.kind === 'ended') return { kind: 'stopped' }
  if (!mayCommit(draft.state, draft.now)) return { kind: 'not-manager', manager: slotOf(draft.state) }
  if (lists(document, peer)) return { kind: 'already-member' }
  return isFull(draft) ? { kind: 'failed', refusal: { why: 'cluster-full' } } : { kind: 'admitted', peer }
}

type Said = Pick<Joiner, 'peer' | 'multiaddrs' | 'observer' | 'name'>

/** Into the document and onto the allow-list. */
function admit(draft: Draft, said: Said): void {
  const { document } = draft.state
  const admitted = admitOrRefresh(draft, said)
  if (admitted !== document) changeMembers(draft, admitted.peers)
  allowMembers(draft)
}

function admitOrRefresh(draft: Draft, { peer, multiaddrs, observer, name }: Said): ClusterDocument {
  const { document } = draft.state
  const known = memberOf(document, peer)
  if (known === undefined) {
    const member = { peerId: peer, multiaddrs, joinTsNs: joinTimeOf(draft, peer), successorToken: [], observer, ...named(name) }
    return { ...document, peers: [...document.peers, member] }
  }
  const { name: knownName, indirect, ...nameless } = known
  const refreshed = { ...nameless, multiaddrs, observer, ...named(name) }
  const sameAddresses = known.multiaddrs.join('\n') === multiaddrs.join('\n')
  if (sameAddresses && known.observer === observer && knownName === name && indirect !== true) return document
  return { ...document, peers: document.peers.map((member) => (member === known ? refreshed : member)) }
}

/** The others hear of it, and its silence counts from now on. */
function welcome(draft: Draft, peer: PeerId): void {
  tellMembers(draft)
  seen(draft, peer)
  if (inRole(draft, 'managing')) onMemberHeard(draft, peer)
}

function refuse(draft: Draft, { ticket, peer }: Joiner, refusal: Refusal): void {
  draft.log('info', 'refused a join', { peer, ...refusal })
  draft.emit({ type: 'answer-join', ticket, answer: { kind: 'refuse', refusal } })
}

/** Gates that took too long. */
export function onAdmissionsDue(draft: Draft): void {
  for (const joiner of draft.state.admissions) {
    if (draft.ms < joiner.until) continue
    forget(draft, joiner.ticket)
    refuse(draft, joiner, { why: 'gate-silent' })
  }
}
