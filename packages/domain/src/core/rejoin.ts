/**
 * Getting back behind the Manager that the row names: connect, ask to join, adopt its document; again and again while the row names it.
 */
import type { PeerId } from './events.ts'
import { identityInUse } from './instances.ts'
import { abandonAttempt, askToJoin, type JoinVerdict, startAttempt } from './join-attempt.ts'
import { allowMembers } from './membership.ts'
import { endPresence } from './promotion.ts'
import { rejoinConnectMs, rejoinPauseMs, rejoinRefusedMs } from './settings.ts'
import type { Rejoin } from './state.ts'
import { backoff, type Turn } from './turn.ts'

/** A new revision of the row starts over, at its addresses: a restarted Manager has others. */
export function startRejoin(turn: Turn, peer: PeerId, multiaddrs: readonly string[], revision: number | undefined): void {
  const old = turn.following()?.rejoin
  if (old !== undefined && old.peer === peer && old.revision === revision) return
  if (old?.attempt !== undefined) abandonAttempt(turn, old.attempt)
  turn.follow({ rejoin: { peer, multiaddrs, revision, attempt: undefined, failures: 0, retryAt: turn.ms } })
  tryRejoin(turn)
}

function setRejoin(turn: Turn, patch: Partial<Rejoin>): void {
  const rejoin = turn.following()?.rejoin
  if (rejoin !== undefined) turn.follow({ rejoin: { ...rejoin, ...patch } })
}

function tryRejoin(turn: Turn): void {
  const { peer, multiaddrs } = turn.following()!.rejoin!
  allowMembers(turn, [{ peerId: peer, multiaddrs }])
  setRejoin(turn, { attempt: startAttempt(turn, peer, rejoinConnectMs) })
}

export function onRejoinConnected(turn: Turn, peer: PeerId): void {
  const attempt = turn.following()?.rejoin?.attempt
  if (attempt?.peer === peer && attempt.phase.kind === 'connecting') setRejoin(turn, { attempt: askToJoin(turn, attempt) })
}

export function wakeRejoin(turn: Turn): void {
  const rejoin = turn.following()?.rejoin
  if (rejoin === undefined) return
  if (rejoin.attempt === undefined) {
    if (turn.ms >= rejoin.retryAt) tryRejoin(turn)
  } else if (turn.ms >= rejoin.attempt.phase.until) {
    abandonAttempt(turn, rejoin.attempt)
    retryLater(turn, rejoin, rejoin.attempt.phase.kind === 'connecting' ? 'no connection' : 'no answer')
  }
}

export const rejoinDeadline = (rejoin: Rejoin | undefined): number =>
  rejoin === undefined ? Number.POSITIVE_INFINITY : (rejoin.attempt?.phase.until ?? rejoin.retryAt)

/** What follows an answer that was no admission. */
export function rejoinFailed(turn: Turn, verdict: Exclude<JoinVerdict, { kind: 'accepted' }>): void {
  const rejoin = turn.following()?.rejoin
  if (rejoin === undefined) return
  if (verdict.kind === 'rejected' && verdict.reason === identityInUse) endPresence(turn, rejoin.peer)
  else if (verdict.kind === 'rejected' && isRefusal(verdict.reason)) refused(turn, rejoin, verdict.reason)
  else retryLater(turn, rejoin, verdict.kind === 'stale' ? 'its document is older than what we know' : verdict.reason)
}

/** A gate's word; the runtime's own texts pass with time. */
const isRefusal = (reason: string): boolean => !reason.startsWith('runtime: ') && !reason.startsWith('join handler ')

function refused(turn: Turn, rejoin: Rejoin, reason: string): void {
  turn.log('warn', 'the Manager refuses to take us back', { manager: rejoin.peer, reason })
  setRejoin(turn, { attempt: undefined, retryAt: turn.ms + rejoinRefusedMs })
}

function retryLater(turn: Turn, rejoin: Rejoin, reason: string): void {
  turn.log('debug', 'rejoin failed, will retry', { manager: rejoin.peer, reason, failures: rejoin.failures + 1 })
  setRejoin(turn, { attempt: undefined, failures: rejoin.failures + 1, retryAt: turn.ms + backoff(turn, rejoin.failures, rejoinPauseMs) })
}

export function stopRejoin(turn: Turn): void {
  const attempt = turn.following()?.rejoin?.attempt
  if (attempt !== undefined) abandonAttempt(turn, attempt)
  turn.follow({ rejoin: undefined })
}
