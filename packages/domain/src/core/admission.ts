/**
 * Letting a peer in (`/auki/join/0.0.1`): the Manager's side.
 *
 *   role → the app's gate → role and budget again → admit or refresh → allow-list → Accept → push
 *
 * Gates of different joiners run side by side; from "admit or refresh" on it is one at a time. A peer that is a member already keeps
 * its place and join time, so joining again never moves the order of succession.
 */
import type { Refusal } from '@auki/network'
import { seen } from './contacts.ts'
import { type ClusterDocument, lists, memberOf, withoutMember } from './document.ts'
import type { Draft } from './draft.ts'
import type { AdmitAnswer, Event, GateVerdict } from './events.ts'
import { changeMembers } from './gossip.ts'
import { isOneTooMany, noteAccepted } from './instances.ts'
import { mayCommit, slotOf } from './lease.ts'
import { spreadMembers } from './manager.ts'
import { allowMembers } from './membership.ts'
import { admissionMs, gateMs } from './settings.ts'
import type { Admission } from './state.ts'

export function onJoinRequested(draft: Draft, event: Extract<Event, { type: 'join-requested' }>): void {
  const admission: Admission = {
    ticket: event.ticket,
    peer: event.peer,
    multiaddrs: event.multiaddrs,
    observer: event.observer,
    instance: event.instance ?? '',
    ...named(event.name),
    local: false,
    until: draft.ms + (draft.state.self.gated ? gateMs : admissionMs),
    stage: draft.state.self.gated ? 'gate' : 'queued',
    wasMember: false
  }
  if (!mayCommit(draft.state, draft.now)) return refuse(draft, admission, { why: 'not-manager' })
  draft.set({ admissions: [...draft.state.admissions, admission] })
  if (!draft.state.self.gated) return admitNext(draft)
  const { ticket, peer, authorization, name } = event
  draft.emit({ type: 'check-gate', ticket, peer, authorization, ...named(name), clusterName: draft.state.clusterName })
}

const named = (name: string | undefined): { readonly name?: string } => (name === undefined ? {} : { name })

/** The app admits a peer by itself; unlike a JoinRequest, not twice. */
export function onAdmitCalled(draft: Draft, event: Extract<Event, { type: 'admit-called' }>): void {
  const { ticket, peer, multiaddrs } = event
  const admission: Admission = {
    ticket,
    peer,
    multiaddrs,
    observer: false,
    instance: '',
    local: true,
    until: draft.ms + admissionMs,
    stage: 'queued',
    wasMember: false
  }
  if (draft.state.role.kind === 'leaving' || draft.state.role.kind === 'ended') return answerAdmit(draft, ticket, { kind: 'stopped' })
  if (!mayCommit(draft.state, draft.now)) return refuse(draft, admission, { why: 'not-manager' })
  draft.set({ admissions: [...draft.state.admissions, admission] })
  admitNext(draft)
}

export function onGateAnswered(draft: Draft, ticket: number, verdict: GateVerdict): void {
  const admission = draft.state.admissions.find((waiting) => waiting.ticket === ticket && waiting.stage === 'gate')
  if (admission === undefined) return
  if (verdict.kind === 'ok') {
    const queued: Admission = { ...admission, stage: 'queued', until: admission.until + admissionMs - gateMs }
    draft.set({ admissions: draft.state.admissions.map((waiting) => (waiting === admission ? queued : waiting)) })
    return admitNext(draft)
  }
  refuse(
    draft,
    admission,
    verdict.kind === 'refused' ? { why: 'refused', reason: verdict.reason } : { why: 'runtime', reason: 'admit gate failed' }
  )
}

/** Nobody is admitted who no longer hears of it. */
export function onJoinAbandoned(draft: Draft, ticket: number): void {
  draft.set({ admissions: draft.state.admissions.filter((waiting) => waiting.ticket !== ticket || waiting.stage === 'committing') })
}

function admitNext(draft: Draft): void {
  if (draft.state.committingNo !== undefined) return
  const admission = draft.state.admissions.find((waiting) => waiting.stage === 'queued')
  if (admission === undefined) return
  const refusal = admit(draft, admission)
  if (refusal === undefined) return
  refuse(draft, admission, refusal)
  admitNext(draft)
}

function admit(draft: Draft, admission: Admission): Refusal | AlreadyMember | undefined {
  if (!mayCommit(draft.state, draft.now)) return { why: 'not-manager' }
  if (draft.ms >= admission.until) return { why: 'timed-out' }
  const { document, settings } = draft.state
  const present = lists(document, admission.peer)
  if (present && admission.local) return { why: 'already-member' }
  if (isOneTooMany(draft, admission)) return { why: 'identity-in-use' }
  if (!present && document.peers.length >= settings.maxMembers) return { why: 'cluster-full' }
  const admitted = admitOrRefresh(draft, admission)
  if (admitted !== document) changeMembers(draft, admitted.peers)
  const committingNo = allowMembers(draft)
  draft.set({
    committingNo,
    admissions: draft.state.admissions.map((waiting) =>
      waiting === admission ? { ...waiting, stage: 'committing', wasMember: present } : waiting
    )
  })
  return undefined
}

function admitOrRefresh(draft: Draft, { peer, multiaddrs, observer, name, local }: Admission): ClusterDocument {
  const { document } = draft.state
  const known = memberOf(document, peer)
  if (known === undefined) {
    const member = { peerId: peer, multiaddrs, joinTsNs: draft.now.wallNs, successorToken: [], observer, ...named(name) }
    return { ...document, peers: [...document.peers, member] }
  }
  const { name: knownName, ...nameless } = known
  const refreshed = { ...nameless, multiaddrs, observer, ...named(name) }
  const sameAddresses = known.multiaddrs.join('\n') === multiaddrs.join('\n')
  if (local || (sameAddresses && known.observer === observer && knownName === name)) return document
  return { ...document, peers: document.peers.map((member) => (member === known ? refreshed : member)) }
}

/** The allow-list of the admission under way is in force, or could not be set. */
export function onAllowListSet(draft: Draft, no: number, error: string | undefined): void {
  if (no !== draft.state.committingNo) return
  const admission = draft.state.admissions.find((waiting) => waiting.stage === 'committing')
  draft.set({ committingNo: undefined })
  if (admission === undefined) return
  if (error !== undefined) undo(draft, admission, { why: 'runtime', reason: error })
  else if (!mayCommit(draft.state, draft.now)) undo(draft, admission, { why: 'not-manager' })
  else if (lists(draft.state.document, admission.peer)) welcome(draft, admission)
  // It said goodbye, or was lost, while the allow-list was being set.
  else refuse(draft, admission, { why: 'runtime', reason: 'it left meanwhile' })
  admitNext(draft)
}

function welcome(draft: Draft, admission: Admission): void {
  draft.set({ admissions: draft.state.admissions.filter((waiting) => waiting !== admission) })
  if (admission.local) answerAdmit(draft, admission.ticket, { kind: 'admitted', peer: admission.peer })
  else draft.emit({ type: 'answer-join', ticket: admission.ticket, answer: { kind: 'accept', document: draft.state.document } })
  spreadMembers(draft)
  seen(draft, admission.peer)
  if (!admission.local) noteAccepted(draft, admission)
}

function undo(draft: Draft, admission: Admission, refusal: Refusal): void {
  if (!admission.wasMember) changeMembers(draft, withoutMember(draft.state.document, admission.peer).peers)
  refuse(draft, admission, refusal)
}

/** A local admission only: a JoinRequest of a member is a refresh. */
interface AlreadyMember {
  readonly why: 'already-member'
}

function refuse(draft: Draft, admission: Admission, refusal: Refusal | AlreadyMember): void {
  draft.set({
    admissions: draft.state.admissions.filter((waiting) => waiting.ticket !== admission.ticket || waiting.local !== admission.local)
  })
  const { ticket, local } = admission
  if (local || refusal.why === 'already-member') return answerAdmit(draft, ticket, localRefusal(draft, refusal))
  draft.log('info', 'refused a join', { peer: admission.peer, ...refusal })
  draft.emit({ type: 'answer-join', ticket, answer: { kind: 'refuse', refusal } })
}

function localRefusal(draft: Draft, refusal: Refusal | AlreadyMember): AdmitAnswer {
  if (refusal.why === 'already-member') return { kind: 'already-member' }
  return refusal.why === 'not-manager' ? { kind: 'not-manager', manager: slotOf(draft.state) } : { kind: 'failed', refusal }
}

const answerAdmit = (draft: Draft, ticket: number, answer: AdmitAnswer): void => draft.emit({ type: 'answer-admit', ticket, answer })

/** Gates that took too long, and an allow-list that never answered. */
export function onAdmissionsDue(draft: Draft): void {
  for (const admission of draft.state.admissions) {
    if (draft.ms < admission.until) continue
    if (admission.stage === 'committing') onAllowListSet(draft, draft.state.committingNo ?? -1, 'the allow-list could not be set in time')
    else refuse(draft, admission, { why: admission.stage === 'gate' ? 'gate-silent' : 'timed-out' })
  }
}

/** After a step that changed who waits: the timer ends the first one's time. */
export function timeAdmissions(draft: Draft): void {
  draft.arm('admission', Math.min(Number.POSITIVE_INFINITY, ...draft.state.admissions.map(({ until }) => until)))
}
