/**
 * Getting back behind the Manager that the row names: connect, ask to join, adopt its document; again and again while the row names it.
 */

import { backoff, type Draft } from './draft.ts'
import type { PeerId } from './events.ts'
import { identityInUse } from './instances.ts'
import { abandonAttempt, askToJoin, type JoinVerdict, startAttempt } from './join-attempt.ts'
import { allowMembers } from './membership.ts'
import { endPresence } from './promotion.ts'
import { rejoinConnectMs, rejoinPauseMs, rejoinRefusedMs } from './settings.ts'
import type { Rejoin } from './state.ts'

/** A new revision of the row starts over, at its addresses: a restarted Manager has others. */
export function startRejoin(draft: Draft, peer: PeerId, multiaddrs: readonly string[], revision: number | undefined): void {
  const old = draft.following()?.rejoin
  if (old !== undefined && old.peer === peer && old.revision === revision) return
  if (old?.attempt !== undefined) abandonAttempt(draft, old.attempt)
  draft.follow({ rejoin: { peer, multiaddrs, revision, attempt: undefined, failures: 0, retryAt: draft.ms } })
  tryRejoin(draft)
}

function setRejoin(draft: Draft, patch: Partial<Rejoin>): void {
  const rejoin = draft.following()?.rejoin
  if (rejoin !== undefined) draft.follow({ rejoin: { ...rejoin, ...patch } })
}

function tryRejoin(draft: Draft): void {
  const { peer, multiaddrs } = draft.following()!.rejoin!
  allowMembers(draft, [{ peerId: peer, multiaddrs }])
  setRejoin(draft, { attempt: startAttempt(draft, peer, rejoinConnectMs) })
}

export function onRejoinConnected(draft: Draft, peer: PeerId): void {
  const attempt = draft.following()?.rejoin?.attempt
  if (attempt?.peer === peer && attempt.phase.kind === 'connecting') setRejoin(draft, { attempt: askToJoin(draft, attempt) })
}

export function wakeRejoin(draft: Draft): void {
  const rejoin = draft.following()?.rejoin
  if (rejoin === undefined) return
  if (rejoin.attempt === undefined) {
    if (draft.ms >= rejoin.retryAt) tryRejoin(draft)
  } else if (draft.ms >= rejoin.attempt.phase.until) {
    abandonAttempt(draft, rejoin.attempt)
    retryLater(draft, rejoin, rejoin.attempt.phase.kind === 'connecting' ? 'no connection' : 'no answer')
  }
}

export const rejoinDeadline = (rejoin: Rejoin | undefined): number =>
  rejoin === undefined ? Number.POSITIVE_INFINITY : (rejoin.attempt?.phase.until ?? rejoin.retryAt)

/** What follows an answer that was no admission. */
export function rejoinFailed(draft: Draft, verdict: Exclude<JoinVerdict, { kind: 'accepted' }>): void {
  const rejoin = draft.following()?.rejoin
  if (rejoin === undefined) return
  if (verdict.kind === 'rejected' && verdict.reason === identityInUse) endPresence(draft, rejoin.peer)
  else if (verdict.kind === 'rejected' && isRefusal(verdict.reason)) refused(draft, rejoin, verdict.reason)
  else retryLater(draft, rejoin, verdict.kind === 'stale' ? 'its document is older than what we know' : verdict.reason)
}

/** A gate's word; the runtime's own texts pass with time. */
const isRefusal = (reason: string): boolean => !reason.startsWith('runtime: ') && !reason.startsWith('join handler ')

function refused(draft: Draft, rejoin: Rejoin, reason: string): void {
  draft.log('warn', 'the Manager refuses to take us back', { manager: rejoin.peer, reason })
  setRejoin(draft, { attempt: undefined, retryAt: draft.ms + rejoinRefusedMs })
}

function retryLater(draft: Draft, rejoin: Rejoin, reason: string): void {
  draft.log('debug', 'rejoin failed, will retry', { manager: rejoin.peer, reason, failures: rejoin.failures + 1 })
  setRejoin(draft, {
    attempt: undefined,
    failures: rejoin.failures + 1,
    retryAt: draft.ms + backoff(draft, rejoin.failures, rejoinPauseMs)
  })
}

export function stopRejoin(draft: Draft): void {
  const attempt = draft.following()?.rejoin?.attempt
  if (attempt !== undefined) abandonAttempt(draft, attempt)
  draft.follow({ rejoin: undefined })
}
