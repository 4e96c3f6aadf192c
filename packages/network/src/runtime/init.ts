import { type Clock, systemClock } from '@auki/canonical'
import { type RuntimeEnv, type RuntimeLimits, resolveLimits } from '../exchange/env.ts'
import type { StreamProvider } from '../streams/stream-api.ts'
import type { RuntimeLog } from '../swarm/log.ts'
import type { Swarm } from '../swarm/swarm.ts'
import type { HeartbeatSource, PeerAddresses, RuntimeHandlers } from './peer-runtime.ts'
import type { RelayUse } from './relaying.ts'

/** What a runtime is made of. */
export interface RuntimeInit {
  /** Belongs to the runtime from now on, which stops it at shutdown. */
  readonly swarm: Swarm
  /** The first members; everybody else may only join and leave. */
  readonly members: readonly PeerAddresses[]
  readonly heartbeatSource: HeartbeatSource
  readonly handlers: RuntimeHandlers
  /** Answers requests for streams; default: declines them all. */
  readonly streamProvider?: StreamProvider
  /** Whether the session whose logs are streamed is over; default: never. */
  readonly sessionEnded?: () => boolean
  /** Whether addresses on this machine and in private networks are dialled when others name them; default true. */
  readonly dialPrivate?: boolean
  /** Whether a peer and we are members of the cluster now: only then a broken stream is opened again. Default: the allow-list has the peer. */
  readonly areMembers?: (peerId: string) => boolean
  /** Default: only places that are asked for, and what the swarm serves. */
  readonly relay?: RelayUse
  /** Default: nothing is logged. */
  readonly log?: RuntimeLog
  /** Default: the platform's clock. */
  readonly timers?: Clock
  /** Uniform in [0, 1); default `Math.random`. */
  readonly random?: () => number
  /** Overrides of the protocols' limits and deadlines, by their names. Default: none. */
  readonly limits?: Partial<RuntimeLimits>
}

/** What the parts of a runtime get, with every default filled in. */
export function envOf({ log = () => {}, timers = systemClock, random = Math.random, limits }: RuntimeInit): RuntimeEnv {
  return { limits: resolveLimits(limits), timers, random, log }
}
