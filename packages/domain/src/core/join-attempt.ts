/**
 * One attempt to be admitted by a Manager: get connected, ask once (`/auki/join/0.0.1`), judge the answer.
 * Bootstrap and rejoin share it; what a failure leads to is theirs.
 */

import { type ClusterDocument, lists } from './document.ts'
import type { Draft } from './draft.ts'
import type { JoinOutcome, PeerId } from './events.ts'
import type { JoinAttempt } from './joining-state.ts'
import { hasPeer } from './peer-set.ts'
import type { Revision } from './revision.ts'
import { askPatienceMs } from './settings.ts'

/** The bootstrap's, or a follower's. */
type AttemptTimer = 'step' | 'rejoin'

/** Dial now; the question follows when the connection is there. `timer` goes off when the attempt has taken too long. */
export function startAttempt(draft: Draft, peer: PeerId, connectMs: number, timer: AttemptTimer): JoinAttempt {
  draft.emit({ type: 'dial', peer })
  if (hasPeer(draft.state.connected, peer)) return askToJoin(draft, peer, timer)
  draft.arm(timer, draft.ms + connectMs)
  return { peer, phase: { kind: 'connecting' } }
}

export function askToJoin(draft: Draft, peer: PeerId, timer: AttemptTimer): JoinAttempt {
  const no = draft.number()
  draft.emit({ type: 'request-join', no, peer, clusterName: draft.state.clusterName })
  draft.arm(timer, draft.ms + askPatienceMs)
  return { peer, phase: { kind: 'asking', no, askedAt: draft.ms } }
}

export function abandonAttempt(draft: Draft, attempt: JoinAttempt): void {
  if (attempt.phase.kind === 'asking') draft.emit({ type: 'abandon', no: attempt.phase.no })
}

export const answers = (attempt: JoinAttempt | undefined, no: number): boolean =>
  attempt?.phase.kind === 'asking' && attempt.phase.no === no

export type JoinVerdict =
  | { readonly kind: 'accepted'; readonly document: ClusterDocument }
  | { readonly kind: 'stale' }
  | Exclude<JoinOutcome, { kind: 'accept' }>

/** What an answer comes to, for one who asked under the row's `revision`. */
export function judgeJoin(draft: Draft, outcome: JoinOutcome, revision: Revision): JoinVerdict {
  if (outcome.kind !== 'accept') return outcome
  const { document } = outcome
  if (document.clusterName !== draft.state.clusterName)
    return { kind: 'invalid', reason: `it is the document of cluster "${document.clusterName}"` }
  if (!lists(document, draft.me)) return { kind: 'invalid', reason: 'it does not list this peer' }
  if (document.order !== undefined && revision !== undefined && document.order.epoch < revision) return { kind: 'stale' }
  return { kind: 'accepted', document }
}
