/**
 * Two processes of one identity before the row: an answer shows our name with an instance that is not ours.
 *
 * It may be a second process, or anybody's one POST. So the lease is gone at once, and the row is claimed back, at a measured pace. Whoever
 * comes back time and again against our committed claims is alive, and one of us has to end. A watch event may be late and show our own
 * earlier process: it never counts.
 */

import type { Draft } from './draft.ts'
import { endPresence } from './ending.ts'
import type { Now, Row } from './events.ts'
import { livenessIntervalMs } from './lease.ts'
import { placeOf } from './revision.ts'
import type { Managing } from './role.ts'
import { rivalForgottenMs, rivalRotateMs, rivalRounds, rivalRoundsMs, rivalsMax, writePauseMs } from './settings.ts'

/** Another process of our identity, or somebody who posts as one. */
export interface Rival {
  readonly instance: string
  /** Of the row in which it was seen last, and when (monotonic ms). */
  readonly revision: number
  readonly seenAt: number
  /** A claim of ours was committed since. */
  readonly beaten: boolean
  /** How often it came back against committed claims, and when first (monotonic ms). */
  readonly rounds: number
  readonly firstRoundAt: number | undefined
}

export const isForeign = (draft: Draft, row: Row): boolean =>
  row.manager === draft.me && row.instance !== '' && row.instance !== draft.state.self.instance

/** An answer shows a foreign instance: a round if our claim was committed since it was seen last. */
export function meetRival(draft: Draft<Managing>, row: Row): void {
  const { role } = draft
  const known = role.rivals.filter(({ seenAt }) => draft.ms - seenAt < rivalForgottenMs)
  const rival = known.find(({ instance }) => instance === row.instance)
  const isRound = rival?.beaten === true
  const firstRoundAt = rival?.firstRoundAt ?? (isRound ? draft.ms : undefined)
  const rounds = (rival?.rounds ?? 0) + (isRound ? 1 : 0)
  if (firstRoundAt !== undefined && rounds >= rivalRounds && draft.ms - firstRoundAt >= rivalRoundsMs)
    return endPresence(draft, row.manager)
  if (rival === undefined) draft.log('warn', 'the row names this peer in another process: claiming it back', { instance: row.instance })
  const seen: Rival = { instance: row.instance, revision: placeOf(row.revision), seenAt: draft.ms, beaten: false, rounds, firstRoundAt }
  draft.manage({
    revision: row.revision,
    lease: role.lease && { ...role.lease, over: true },
    rivals: [...known.filter((other) => other !== rival), seen].slice(-rivalsMax)
  })
  draft.disarm('lapse')
  draft.arm('rotate', Math.max(draft.state.claimedAt + rivalRotateMs, claimDueAt(draft)))
}

/** A claim keeps its distance from the last write. Its pause does not grow, or it would wait for ever between liveness checks: the claims are few. */
export const claimDueAt = (draft: Draft<Managing>): number =>
  Math.max(draft.ms, draft.state.writes.at + Math.min(writePauseMs.first, livenessIntervalMs(draft.role.lease) / 2))

/**
 * An answer shows our own instance: a claim of ours was committed, even if its own answer got lost. It is told by a question that was sent after the
 * rival was seen, or by the revision of an older one; a directory that began anew counts from below.
 */
export function beatRivals(draft: Draft<Managing>, row: Row, sentAt: Now): void {
  if (row.instance !== draft.state.self.instance) return
  const isBeaten = ({ seenAt, revision }: Rival): boolean => sentAt.monoMs >= seenAt || placeOf(row.revision) > revision
  const rivals = draft.role.rivals.map((rival) => (isBeaten(rival) ? { ...rival, beaten: true } : rival))
  draft.manage({ rivals })
  if (rivals.every(({ beaten }) => beaten)) draft.disarm('rotate')
}
