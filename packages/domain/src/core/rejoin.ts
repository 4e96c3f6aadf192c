/**
 * Getting back behind the Manager that the row names: connect, ask to join, adopt its document; again and again while the row names it.
 */

import { backoff, type Draft } from './draft.ts'
import { endPresence } from './ending.ts'
import type { PeerId } from './events.ts'
import { abandonAttempt, askToJoin, type JoinVerdict, startAttempt } from './join-attempt.ts'
import { allowMembers } from './membership.ts'
import { sameAddresses } from './own-addresses.ts'
import type { Revision } from './revision.ts'
import type { Following, Rejoin } from './role.ts'
import { rejoinConnectMs, rejoinPauseMs, rejoinRefusedMs } from './settings.ts'

/**
 * A new revision of the row starts over, at its addresses: a restarted Manager has others. So do other addresses of the same reign: those that a document
 * of that reign had may be old, or a lie, and the row is read again and again.
 */
export function startRejoin(draft: Draft<Following>, peer: PeerId, multiaddrs: readonly string[], revision: Revision): void {
  const old = draft.role.rejoin
  if (old !== undefined && old.peer === peer && old.revision === revision && sameAddresses(old.multiaddrs, multiaddrs)) return
  if (old?.attempt !== undefined) abandonAttempt(draft, old.attempt)
  draft.follow({ rejoin: { peer, multiaddrs, revision, attempt: undefined, failures: 0 } })
  tryRejoin(draft)
}

function setRejoin(draft: Draft<Following>, patch: Partial<Rejoin>): void {
  const { rejoin } = draft.role
  if (rejoin !== undefined) draft.follow({ rejoin: { ...rejoin, ...patch } })
}

function tryRejoin(draft: Draft<Following>): void {
  const { rejoin } = draft.role
  if (rejoin === undefined) return
  const { peer, multiaddrs } = rejoin
  allowMembers(draft, [{ peerId: peer, multiaddrs }])
  setRejoin(draft, { attempt: startAttempt(draft, peer, rejoinConnectMs, 'rejoin') })
}

export function onRejoinConnected(draft: Draft<Following>, peer: PeerId): void {
  const attempt = draft.role.rejoin?.attempt
  if (attempt?.peer === peer && attempt.phase.kind === 'connecting') setRejoin(draft, { attempt: askToJoin(draft, peer, 'rejoin') })
}

/** An attempt took too long, or the next one is due. */
export function onRejoinDue(draft: Draft<Following>): void {
  const { rejoin } = draft.role
  if (rejoin?.attempt === undefined) return tryRejoin(draft)
  abandonAttempt(draft, rejoin.attempt)
  if (rejoin.attempt.phase.kind === 'connecting') return tryRejoin(draft)
  retryLater(draft, rejoin, 'no answer')
}

/** What follows an answer that was no admission. */
export function rejoinFailed(draft: Draft<Following>, rejoin: Rejoin, verdict: Exclude<JoinVerdict, { kind: 'accepted' }>): void {
  if (verdict.kind === 'refused' && verdict.why === 'identity-in-use') endPresence(draft, rejoin.peer)
  else if (verdict.kind === 'refused' && verdict.why === 'refused') refused(draft, rejoin, verdict.reason)
  else retryLater(draft, rejoin, verdict.kind === 'stale' ? 'its document is older than what we know' : verdict.reason)
}

function refused(draft: Draft<Following>, rejoin: Rejoin, reason: string): void {
  draft.log('warn', 'the Manager refuses to take us back', { manager: rejoin.peer, reason })
  setRejoin(draft, { attempt: undefined })
  draft.arm('rejoin', draft.ms + rejoinRefusedMs)
}

function retryLater(draft: Draft<Following>, rejoin: Rejoin, reason: string): void {
  draft.log('debug', 'rejoin failed, will retry', { manager: rejoin.peer, reason, failures: rejoin.failures + 1 })
  setRejoin(draft, { attempt: undefined, failures: rejoin.failures + 1 })
  draft.arm('rejoin', draft.ms + backoff(draft, rejoin.failures, rejoinPauseMs))
}

export function stopRejoin(draft: Draft<Following>): void {
  const attempt = draft.role.rejoin?.attempt
  if (attempt !== undefined) abandonAttempt(draft, attempt)
  draft.follow({ rejoin: undefined })
  draft.disarm('rejoin')
}
