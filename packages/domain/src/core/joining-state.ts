/** What a peer remembers while it is not in a cluster yet. */

import type { BootstrapFailure } from './effect.ts'
import type { PeerId, Row } from './events.ts'
import type { Ask } from './role.ts'
import type { Target } from './state.ts'

export interface JoinAttempt {
  readonly peer: PeerId
  readonly phase: { readonly kind: 'connecting' } | { readonly kind: 'asking'; readonly no: number; readonly askedAt: number }
}

export type BootstrapStep =
  | { readonly kind: 'reading'; readonly ask: Ask }
  | { readonly kind: 'creating'; readonly ask: Ask }
  | { readonly kind: 'claiming'; readonly ask: Ask }
  /** The row is read again now and then where no watch would show that it changed. */
  | { readonly kind: 'joining'; readonly row: Row; readonly attempt: JoinAttempt; readonly read: Ask | undefined }
  | { readonly kind: 'pausing' }

export interface Starting {
  readonly kind: 'starting'
  readonly target: Target
  readonly startedAt: number
  /** When the join has to be done (monotonic ms). */
  readonly deadlineAt: number
  readonly step: BootstrapStep
  readonly round: number
  /** The row seen last in this bootstrap, and when (monotonic ms). */
  readonly row: Row | undefined
  readonly rowSeenAt: number
  /** The row once showed more than one peer: its members come first when it goes. */
  readonly severalSeen: boolean
  /** When the row was first found gone (monotonic ms). */
  readonly goneAt: number | undefined
  /** Discovery has answered once: from now on trouble is waited out. */
  readonly answered: boolean
  /** A create of ours may have been committed although its answer never came. */
  readonly createUnknown: boolean
  /** A row we waited on for a row life, as we can dial nothing of its Manager: seen once more, it ends the join. */
  readonly stuckOn: Row | undefined
  readonly failure: BootstrapFailure | undefined
}
