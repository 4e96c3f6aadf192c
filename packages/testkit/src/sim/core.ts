/** The core as the simulated world takes it: five functions, handed in, so that one with a planted bug can take the place of the real thing. */
import type * as real from '@auki/domain/core'

export type Core = Pick<typeof real, 'initialState' | 'step' | 'nextDeadline' | 'view' | 'isHere'>

export type {
  BootstrapFailure,
  ClusterDocument,
  ClusterMember,
  DocumentVersion,
  Effect,
  Event,
  JoinOutcome,
  Member,
  Now,
  PeerId,
  Row,
  Settings,
  State,
  Target,
  Trouble,
  View,
  WriteOutcome
} from '@auki/domain/core'
