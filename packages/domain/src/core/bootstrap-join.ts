/** The bootstrap's way through the door of a Manager that the row names. */
import { settle } from './adopt.ts'
import { fail, go, onDeadline, pause, read, sendJoinFailure } from './bootstrap-steps.ts'
import { reconcileWatch } from './contacts.ts'
import type { ClusterDocument } from './document.ts'
import type { Draft } from './draft.ts'
import type { JoinOutcome, PeerId, Row } from './events.ts'
import { abandonAttempt, answers, askToJoin, judgeJoin, startAttempt } from './join-attempt.ts'
import type { BootstrapStep, Starting } from './joining-state.ts'
import { lifeOf } from './lease.ts'
import { aimHeartbeats, allowMembers } from './membership.ts'
import { type AddressesSet, setAddresses } from './own-addresses.ts'
import { placeOf } from './revision.ts'
import { discoveryRequestMs, joinConnectMs } from './settings.ts'
import { recheckAt, settled } from './stance.ts'

type Joining = Extract<BootstrapStep, { readonly kind: 'joining' }>

/**
 * Only this Manager is allowed while we ask it; at the row's addresses.
 *
 * Where none of them can be dialled it may still be connected to us, or the row may change: in one row life, as a dead Manager's would.
 */
export function join(draft: Draft<Starting>, row: Row): void {
  allowMembers(draft, [{ peerId: row.manager, multiaddrs: row.multiaddrs }])
  const attempt = startAttempt(draft, row.manager, row.dialable === false ? lifeOf(row) : joinConnectMs, 'step')
  go(draft, { kind: 'joining', row, attempt, read: undefined })
  draft.arm('poll', recheckAt(draft))
  endByDeadline(draft)
}

const endByDeadline = (draft: Draft<Starting>): void => draft.arm('step', Math.min(draft.timer('step'), draft.role.deadlineAt))

export function onBootstrapConnected(draft: Draft<Starting>, peer: PeerId): void {
  const { step } = draft.role
  if (step.kind !== 'joining' || step.attempt.peer !== peer || step.attempt.phase.kind !== 'connecting') return
  go(draft, { ...step, attempt: askToJoin(draft, peer, 'step') })
  endByDeadline(draft)
}

export function onBootstrapAnswered(draft: Draft<Starting>, no: number, outcome: JoinOutcome): void {
  const { step } = draft.role
  if (step.kind !== 'joining' || !answers(step.attempt, no)) return
  const { row } = step
  const verdict = judgeJoin(draft, outcome, row.revision)
  switch (verdict.kind) {
    case 'accepted':
      return followRow(draft, row, verdict.document)
    case 'invalid':
      return fail(draft, { code: 'invalid-membership', reason: verdict.reason })
    case 'refused':
      if (verdict.why !== 'not-manager') return fail(draft, { code: 'rejected', reason: verdict.reason })
      draft.start({ failure: { code: 'rejected', reason: verdict.reason } })
      return pause(draft)
    case 'stale':
      return pause(draft)
    case 'failed':
      draft.start({ failure: sendJoinFailure(row, verdict.reason, verdict.timedOut) })
      return pause(draft)
  }
}

function followRow(draft: Draft<Starting>, row: Row, document: ClusterDocument): void {
  const follower = draft.become(settled(row.manager))
  const revision = placeOf(row.revision)
  follower.set({
    document,
    adoptedAt: draft.ms,
    floor: document.order ?? { epoch: revision, version: 0 },
    newest: { revision, row, seenAt: draft.ms },
    relayMultiaddrs: row.relayMultiaddrs
  })
  allowMembers(follower)
  aimHeartbeats(follower)
  reconcileWatch(follower, { afresh: true })
  settle(follower)
  follower.emit({ type: 'joined' })
}

/** The Manager would be told the old addresses: ask again. Our own row, if one is being written, is mended later. */
export function onStartingMoved(draft: Draft<Starting>, event: AddressesSet): void {
  const { step } = draft.role
  if (!setAddresses(draft, event) || step.kind !== 'joining') return
  abandonAttempt(draft, step.attempt)
  read(draft)
}

/** It took too long to connect, or to be answered; or the join deadline is over. */
export function onJoinOver(draft: Draft<Starting>, { row, attempt }: Joining): void {
  abandonAttempt(draft, attempt)
  const what = attempt.phase.kind === 'connecting' ? 'no connection to it in time' : 'it did not answer in time'
  draft.start({ failure: sendJoinFailure(row, what, true) })
  if (draft.ms >= draft.role.deadlineAt) return onDeadline(draft)
  if (row.dialable !== false || attempt.phase.kind === 'asking') return pause(draft)
  draft.start({ stuckOn: row })
  read(draft)
}

/** The next look at the row beside a join, also where the one before was not answered. */
export function pollRow(draft: Draft<Starting>): void {
  const { step } = draft.role
  if (step.kind !== 'joining') return
  const ask = draft.ask('poll')
  go(draft, { ...step, read: ask })
  draft.emit({ type: 'read-row', no: ask.no, name: draft.state.clusterName, timeoutMs: discoveryRequestMs })
}
