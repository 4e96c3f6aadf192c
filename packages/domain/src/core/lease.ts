/**
 * The Manager role is a lease on the Discovery row.
 *
 * It starts when a create, rotate or liveness request succeeds and the row in the answer names us, and is counted from the moment
 * that request was SENT: whatever the answer's journey took, the row is at least that fresh. It ends a hundredth before the row's
 * life, by the slower of two clocks, so that clocks running apart never leave two Managers.
 */

import type { RoleName } from './effect.ts'
import type { Now, PeerId, Row } from './events.ts'
import type { Lease, Role } from './role.ts'
import { clockStepMs, contestedLifeMs, LIVENESS_CHECK_INTERVAL_MS, leaseShare, rowLifeUnsaidMs } from './settings.ts'
import type { State } from './state.ts'

/** How long a row lives after a stamp. */
export const lifeOf = ({ sweepAfterMs }: Row): number => sweepAfterMs ?? rowLifeUnsaidMs

/** `contestedAt`: what was asked for until then (monotonic ms) proves no more than the shortest rows do. */
export function leaseFrom(sentAt: Now, row: Row, contestedAt = Number.NEGATIVE_INFINITY): Lease {
  const lease = { sentAt, lifeMs: lifeOf(row), over: false }
  return sentAt.monoMs > contestedAt ? lease : shortened(lease)
}

/** A member shows a reign above ours: if the directory began anew, our long row is gone with it, and only what is proved from now on counts for long. */
export const shortened = (lease: Lease): Lease => ({ ...lease, lifeMs: Math.min(lease.lifeMs, contestedLifeMs) })

/** Checked at the moment of every commit: a timer may not have fired. */
export function confirmed(lease: Lease | undefined, now: Now): boolean {
  if (lease === undefined || lease.over) return false
  const monoMs = now.monoMs - lease.sentAt.monoMs
  const wallMs = Number(now.wallNs - lease.sentAt.wallNs) / 1e6
  return Math.max(monoMs, wallMs) < leaseShare * lease.lifeMs && Math.abs(monoMs - wallMs) <= clockStepMs
}

/** When (monotonic ms) the lease lapses if nothing renews it. */
export const lapsesAt = (lease: Lease): number => lease.sentAt.monoMs + leaseShare * lease.lifeMs

export const livenessIntervalMs = (lease: Lease | undefined): number =>
  Math.min(LIVENESS_CHECK_INTERVAL_MS, (lease?.lifeMs ?? rowLifeUnsaidMs) / 3)

/** Manager and nothing less: lease confirmed now. */
export const isManager = (state: State, now: Now): boolean => state.role.kind === 'managing' && confirmed(state.role.lease, now)

/** May we admit, evict and push? Not while the revision held is not our document's epoch: nobody would know the reign. */
export const mayCommit = (state: State, now: Now): boolean =>
  isManager(state, now) && state.role.kind === 'managing' && state.role.revision === state.document.order?.epoch

export function roleName(role: Role, now: Now): RoleName | undefined {
  switch (role.kind) {
    case 'starting':
    case 'leaving':
      return undefined
    case 'ended':
      return 'ended'
    case 'managing':
      return confirmed(role.lease, now) ? 'manager' : 'headless'
    case 'following':
      return role.stance.kind === 'settled' ? 'follower' : 'unsettled'
  }
}

/** The Manager slot: whom we take for the Manager, or ourselves. */
export function slotOf(state: State): PeerId | undefined {
  switch (state.role.kind) {
    case 'starting':
      return undefined
    case 'managing':
      return state.self.peerId
    case 'following':
    case 'leaving':
    case 'ended':
      return state.role.slot
  }
}
