/**
 * Members that the Manager does not hear. Half a partition, or a router that answers for a living process, looks the same as a death: so before one is
 * evicted, up to three other members are asked whether it is here (`/auki/seen/0.0.1`).
 *
 *   nobody to ask              evicted at once
 *   all say no, or 1.5 s over  evicted, unless it gave a sign of life since it was asked about
 *   one says yes               stays, marked `indirect`; asked about again after its next loss timeout
 *
 * A Manager that hears nobody any more is more likely cut off itself: that is tested before each single eviction (`giving-up.ts`).
 */
import { contactOf } from './contact-book.ts'
import { heard, updateContact } from './contacts.ts'
import { lists, memberOf } from './document.ts'
import type { Draft } from './draft.ts'
import type { PeerId } from './events.ts'
import { isFormer, noteHeardInThisReign } from './former.ts'
import { cutOff, giveUpRow } from './giving-up.ts'
import { changeMembers, pushSoon } from './gossip.ts'
import { mayCommit } from './lease.ts'
import { dropFromDocument, spreadMembers } from './manager.ts'
import { hasPeer } from './peer-set.ts'
import { mayBeManager } from './ranking.ts'
import { rememberJoinTime } from './remembered.ts'
import type { Doubt, Managing } from './role.ts'
import { witnessesMax, witnessMs } from './settings.ts'

/** Members fell silent, or their processes are gone. A headless Manager evicts nobody; they are judged again when it is confirmed. */
export function onMembersLost(draft: Draft<Managing>, lost: readonly PeerId[]): void {
  if (!mayCommit(draft.state, draft.now)) return
  const suspects = lost.filter((peer) => lists(draft.state.document, peer) && !isInDoubt(draft, peer))
  if (suspects.length === 0) return
  const opened = suspects.map((peer): Doubt => ({ peer, no: draft.number(), askedAt: draft.ms, waitingFor: [] }))
  // All of them are in doubt before the first is judged: none is a witness for another, and none counts as remaining.
  setDoubts(draft, [...draft.role.doubts, ...opened])
  const asked = opened.map((doubt) => ({ ...doubt, waitingFor: drawWitnesses(draft) }))
  setDoubts(draft, [...draft.role.doubts.filter((doubt) => !opened.includes(doubt)), ...asked])
  for (const { no, peer: suspect, waitingFor: to } of asked) if (to.length > 0) draft.emit({ type: 'ask-witnesses', no, to, suspect })
  evict(
    draft,
    asked.filter(({ waitingFor }) => waitingFor.length === 0)
  )
}

/** The process of a peer is gone, as far as this machine can tell. */
export function onProcessGone(draft: Draft<Managing>, peer: PeerId): void {
  if (contactOf(draft.state.contacts, peer)?.gone === true) onMembersLost(draft, [peer])
}

const isInDoubt = (draft: Draft<Managing>, peer: PeerId): boolean => draft.role.doubts.some((doubt) => doubt.peer === peer)

/** Drawn anew each time, so that a liar is not asked for ever. */
function drawWitnesses(draft: Draft<Managing>): readonly PeerId[] {
  const { document, connected } = draft.state
  const candidates = document.peers
    .map(({ peerId }) => peerId)
    .filter((peer) => peer !== draft.me && hasPeer(connected, peer) && heard(draft, peer) && !isInDoubt(draft, peer))
  const drawn: PeerId[] = []
  while (drawn.length < witnessesMax && candidates.length > 0)
    drawn.push(...candidates.splice(Math.floor(draft.draw() * candidates.length), 1))
  return drawn
}

function setDoubts(draft: Draft<Managing>, doubts: readonly Doubt[]): void {
  draft.manage({ doubts })
  draft.arm('doubt', Math.min(Number.POSITIVE_INFINITY, ...doubts.map(({ askedAt }) => askedAt + witnessMs)))
}

function dropDoubt(draft: Draft<Managing>, peer: PeerId): void {
  const { doubts } = draft.role
  if (doubts.length > 0)
    setDoubts(
      draft,
      doubts.filter((doubt) => doubt.peer !== peer)
    )
}

export function onWitnessAnswered(draft: Draft<Managing>, no: number, witness: PeerId, seen: boolean): void {
  const doubt = draft.role.doubts.find((open) => open.no === no && open.waitingFor.includes(witness))
  if (doubt === undefined) return
  if (seen) return vouchedFor(draft, doubt.peer)
  const left = { ...doubt, waitingFor: doubt.waitingFor.filter((peer) => peer !== witness) }
  setDoubts(
    draft,
    draft.role.doubts.map((open) => (open === doubt ? left : open))
  )
  if (left.waitingFor.length === 0) evict(draft, [left])
}

/** Some witnesses took too long. */
export function onDoubtsDue(draft: Draft<Managing>): void {
  evict(
    draft,
    draft.role.doubts.filter(({ askedAt }) => draft.ms >= askedAt + witnessMs)
  )
}

/** It is in this cluster: only we don't hear it. */
function vouchedFor(draft: Draft<Managing>, peer: PeerId): void {
  dropDoubt(draft, peer)
  if (!mayCommit(draft.state, draft.now)) return
  updateContact(draft, peer, { lastSeen: draft.ms, forgivenMs: 0, gone: false })
  mark(draft, peer, true)
}

/** A heartbeat of a member, or its JoinRequest was accepted: whatever we believed of it, it is here. */
export function onMemberHeard(draft: Draft<Managing>, peer: PeerId): void {
  noteHeardInThisReign(draft, peer)
  dropDoubt(draft, peer)
  if (mayCommit(draft.state, draft.now)) mark(draft, peer, false)
}

function mark(draft: Draft<Managing>, peer: PeerId, indirect: boolean): void {
  const { document } = draft.state
  const member = memberOf(document, peer)
  if (member === undefined || (member.indirect ?? false) === indirect) return
  const { indirect: _, ...plain } = member
  changeMembers(
    draft,
    document.peers.map((other) => (other === member ? { ...plain, ...(indirect && { indirect }) } : other))
  )
  pushSoon(draft)
}

/** The case is closed: out of the document, one by one, then the others are told. */
function evict(draft: Draft<Managing>, doubts: readonly Doubt[]): void {
  let changed = false
  for (const { peer, askedAt } of doubts) {
    const { lastSeen = draft.ms } = contactOf(draft.state.contacts, peer) ?? {}
    if (lastSeen > askedAt || !lists(draft.state.document, peer) || !mayCommit(draft.state, draft.now)) {
      dropDoubt(draft, peer)
      continue
    }
    if (cutOff(draft, peer)) return giveUpRow(draft)
    dropDoubt(draft, peer)
    noteLoss(draft, peer)
    changed = dropFromDocument(draft, [peer]) || changed
  }
  if (changed) spreadMembers(draft)
}

function noteLoss(draft: Draft<Managing>, peer: PeerId): void {
  rememberJoinTime(draft, peer)
  const member = memberOf(draft.state.document, peer)
  if (member === undefined || isFormer(draft, peer)) return
  const recent = draft.role.losses.filter((loss) => draft.ms - loss.at <= draft.state.settings.peerLossTimeoutMs)
  draft.manage({ losses: [...recent, { heir: mayBeManager(member), at: draft.ms }] })
}
