/**
 * Letting a peer in (`/auki/join/0.0.1`): the Manager's side.
 *
 *   role → the app's gate → role and budget again → admit or refresh → allow-list → Accept → push
 *
 * Gates of different joiners run side by side; from "admit or refresh" on it is one at a time. A peer that is a member already keeps
 * its place and join time, so joining again never moves the order of succession.
 */
import { seen } from './contacts.ts'
import { type ClusterDocument, encodeDocument, lists, memberOf, withoutMember } from './document.ts'
import { fitEntry } from './entry.ts'
import type { AdmitAnswer, Event, GateVerdict } from './events.ts'
import { changeMembers, fitsFrame } from './gossip.ts'
import { identityInUse, isOneTooMany, noteAccepted } from './instances.ts'
import { mayCommit, slotOf } from './lease.ts'
import { spreadMembers } from './manager.ts'
import { allowMembers } from './membership.ts'
import { admissionMs, gateMs } from './settings.ts'
import type { Admission } from './state.ts'
import type { Turn } from './turn.ts'

const gateSilent = 'join handler timed out after 10s: the admit gate did not answer'

type Refusal = 'not-manager' | 'already-member' | { readonly reason: string }

export function onJoinRequested(turn: Turn, event: Extract<Event, { type: 'join-requested' }>): void {
  const admission: Admission = {
    ticket: event.ticket,
    peer: event.peer,
    multiaddrs: event.multiaddrs,
    observer: event.observer,
    instance: event.instance ?? '',
    ...named(event.name),
    local: false,
    until: turn.ms + (turn.state.self.gated ? gateMs : admissionMs),
    stage: turn.state.self.gated ? 'gate' : 'queued',
    wasMember: false
  }
  if (!mayCommit(turn.state, turn.now)) return refuse(turn, admission, 'not-manager')
  turn.set({ admissions: [...turn.state.admissions, admission] })
  if (!turn.state.self.gated) return admitNext(turn)
  const { ticket, peer, authorization, name } = event
  turn.emit({ type: 'check-gate', ticket, peer, authorization, ...named(name), clusterName: turn.state.clusterName })
}

const named = (name: string | undefined): { readonly name?: string } => (name === undefined ? {} : { name })

/** The app admits a peer by itself; unlike a JoinRequest, not twice. */
export function onAdmitCalled(turn: Turn, event: Extract<Event, { type: 'admit-called' }>): void {
  const { ticket, peer, multiaddrs } = event
  const admission: Admission = {
    ticket,
    peer,
    multiaddrs,
    observer: false,
    instance: '',
    local: true,
    until: turn.ms + admissionMs,
    stage: 'queued',
    wasMember: false
  }
  if (turn.state.role.kind === 'leaving' || turn.state.role.kind === 'ended') return answerAdmit(turn, ticket, { kind: 'stopped' })
  if (!mayCommit(turn.state, turn.now)) return refuse(turn, admission, 'not-manager')
  turn.set({ admissions: [...turn.state.admissions, admission] })
  admitNext(turn)
}

export function onGateAnswered(turn: Turn, ticket: number, verdict: GateVerdict): void {
  const admission = turn.state.admissions.find((waiting) => waiting.ticket === ticket && waiting.stage === 'gate')
  if (admission === undefined) return
  if (verdict.kind === 'ok') {
    const queued: Admission = { ...admission, stage: 'queued', until: admission.until + admissionMs - gateMs }
    turn.set({ admissions: turn.state.admissions.map((waiting) => (waiting === admission ? queued : waiting)) })
    return admitNext(turn)
  }
  refuse(turn, admission, { reason: verdict.kind === 'refused' ? verdict.reason : 'runtime: admit gate failed' })
}

/** Nobody is admitted who no longer hears of it. */
export function onJoinAbandoned(turn: Turn, ticket: number): void {
  turn.set({ admissions: turn.state.admissions.filter((waiting) => waiting.ticket !== ticket || waiting.stage === 'committing') })
}

function admitNext(turn: Turn): void {
  if (turn.state.committingNo !== undefined) return
  const admission = turn.state.admissions.find((waiting) => waiting.stage === 'queued')
  if (admission === undefined) return
  const refusal = admit(turn, admission)
  if (refusal === undefined) return
  refuse(turn, admission, refusal)
  admitNext(turn)
}

function admit(turn: Turn, admission: Admission): Refusal | undefined {
  if (!mayCommit(turn.state, turn.now)) return 'not-manager'
  if (turn.ms >= admission.until) return { reason: 'join handler timed out after 10s' }
  const { document, settings } = turn.state
  const present = lists(document, admission.peer)
  if (present && admission.local) return 'already-member'
  if (isOneTooMany(turn, admission)) return { reason: identityInUse }
  if (!present && document.peers.length >= settings.maxMembers) return { reason: 'cluster full' }
  const admitted = admitOrRefresh(turn, admission)
  if (!fitsFrame(admitted)) return { reason: 'cluster full' }
  if (admitted !== document) changeMembers(turn, admitted.peers)
  const committingNo = allowMembers(turn)
  turn.set({
    committingNo,
    admissions: turn.state.admissions.map((waiting) =>
      waiting === admission ? { ...waiting, stage: 'committing', wasMember: present } : waiting
    )
  })
  return undefined
}

function admitOrRefresh(turn: Turn, { peer, multiaddrs, observer, name, local }: Admission): ClusterDocument {
  const { document } = turn.state
  const known = memberOf(document, peer)
  if (known === undefined) {
    const member = fitEntry({ peerId: peer, multiaddrs, joinTsNs: turn.now.wallNs, successorToken: [], observer, ...named(name) })
    return { ...document, peers: [...document.peers, member] }
  }
  const { name: knownName, ...nameless } = known
  const refreshed = fitEntry({ ...nameless, multiaddrs, observer, ...named(name) })
  const sameAddresses = known.multiaddrs.join('\n') === refreshed.multiaddrs.join('\n')
  if (local || (sameAddresses && known.observer === observer && knownName === refreshed.name)) return document
  return { ...document, peers: document.peers.map((member) => (member === known ? refreshed : member)) }
}

/** The allow-list of the admission under way is in force, or could not be set. */
export function onAllowListSet(turn: Turn, no: number, error: string | undefined): void {
  if (no !== turn.state.committingNo) return
  const admission = turn.state.admissions.find((waiting) => waiting.stage === 'committing')
  turn.set({ committingNo: undefined })
  if (admission === undefined) return
  if (error !== undefined) undo(turn, admission, { reason: `runtime: ${error}` })
  else if (!mayCommit(turn.state, turn.now)) undo(turn, admission, 'not-manager')
  else if (lists(turn.state.document, admission.peer)) welcome(turn, admission)
  // It said goodbye, or was lost, while the allow-list was being set.
  else refuse(turn, admission, { reason: 'runtime: it left meanwhile' })
  admitNext(turn)
}

function welcome(turn: Turn, admission: Admission): void {
  turn.set({ admissions: turn.state.admissions.filter((waiting) => waiting !== admission) })
  if (admission.local) answerAdmit(turn, admission.ticket, { kind: 'admitted', peer: admission.peer })
  else {
    const answer = { kind: 'accept' as const, membershipJson: encodeDocument(turn.state.document) }
    turn.emit({ type: 'answer-join', ticket: admission.ticket, answer })
  }
  spreadMembers(turn)
  seen(turn, admission.peer)
  if (!admission.local) noteAccepted(turn, admission)
}

function undo(turn: Turn, admission: Admission, refusal: Refusal): void {
  if (!admission.wasMember) changeMembers(turn, withoutMember(turn.state.document, admission.peer).peers)
  refuse(turn, admission, refusal)
}

function refuse(turn: Turn, admission: Admission, refusal: Refusal): void {
  turn.set({
    admissions: turn.state.admissions.filter((waiting) => waiting.ticket !== admission.ticket || waiting.local !== admission.local)
  })
  const { ticket, local } = admission
  if (local) return answerAdmit(turn, ticket, localRefusal(turn, refusal))
  const reason = typeof refusal === 'string' ? 'not the manager' : refusal.reason
  turn.log('info', 'refused a join', { peer: admission.peer, reason })
  turn.emit({ type: 'answer-join', ticket, answer: { kind: 'reject', reason } })
}

function localRefusal(turn: Turn, refusal: Refusal): AdmitAnswer {
  if (refusal === 'already-member') return { kind: 'already-member' }
  return refusal === 'not-manager' ? { kind: 'not-manager', manager: slotOf(turn.state) } : { kind: 'failed', reason: refusal.reason }
}

const answerAdmit = (turn: Turn, ticket: number, answer: AdmitAnswer): void => turn.emit({ type: 'answer-admit', ticket, answer })

/** Gates that took too long, and an allow-list that never answered. */
export function wakeAdmissions(turn: Turn): void {
  for (const admission of turn.state.admissions) {
    if (turn.ms < admission.until) continue
    if (admission.stage === 'committing') onAllowListSet(turn, turn.state.committingNo ?? -1, 'the allow-list could not be set in time')
    else refuse(turn, admission, { reason: admission.stage === 'gate' ? gateSilent : 'join handler timed out after 10s' })
  }
}

export const admissionDeadline = (admissions: readonly Admission[]): number =>
  Math.min(Number.POSITIVE_INFINITY, ...admissions.map(({ until }) => until))
