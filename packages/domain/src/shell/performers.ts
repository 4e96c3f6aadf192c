/** Every effect of the core and what is done about it. */
import type { JoinResponse, PeerRuntime } from '@auki/network'
import type { JoinAuthorization } from '../config.ts'
import type { AdmitAnswer, BootstrapFailure, Effect } from '../core/index.ts'
import type { Log } from '../log.ts'
import type { ShellClock } from './clock.ts'
import type { ClusterClocks } from './cluster-clocks.ts'
import type { PublishedEvent } from './cluster-event.ts'
import { type Discovery, discoveryPerformers } from './discovery-adapter.ts'
import { type Performers, type Post, performWith } from './effects.ts'
import type { EventHub } from './events.ts'
import type { Failures } from './failures.ts'
import { type AdmitGate, askGate } from './gate.ts'
import { networkPerformers } from './network-adapter.ts'
import type { Tickets } from './tickets.ts'

/** Who we are towards Discovery and other peers. */
export interface SelfDescription {
  readonly peerId: string
  readonly multiaddrs: readonly string[]
  readonly instance: string
  readonly observer: boolean
  /** What others call us; missing: we have no name. */
  readonly name?: string
  readonly authorization: JoinAuthorization
}

export interface PerformerParts {
  readonly self: SelfDescription
  readonly discovery: Discovery
  readonly runtime: PeerRuntime
  readonly clock: ShellClock
  readonly clocks: Pick<ClusterClocks, 'apply'>
  readonly events: EventHub<PublishedEvent>
  readonly joins: Tickets<JoinResponse>
  readonly leaves: Tickets<boolean>
  readonly admits: Tickets<AdmitAnswer>
  readonly gate: AdmitGate | undefined
  /** Filled with what requests failed of. */
  readonly failures: Failures
  readonly post: Post
  /** Aborts when the presence is over. */
  readonly stopped: AbortSignal
  /** True, and the presence is ending, when the app let go of its handle. */
  readonly endIfAbandoned: () => boolean
  readonly onJoined: () => void
  readonly onBootstrapFailed: (failure: BootstrapFailure) => void
  readonly onEnded: (effect: Extract<Effect, { type: 'ended' }>) => void
  readonly log: Log
}

export function performer(parts: PerformerParts): (effect: Effect) => void {
  const canDial = (peerId: string, multiaddrs: readonly string[]) => parts.runtime.dialable(peerId, multiaddrs).length > 0
  return performWith({ ...discoveryPerformers({ ...parts, canDial }), ...networkPerformers(parts), ...localPerformers(parts) })
}

type LocalEffect =
  | 'check-gate'
  | 'answer-admit'
  | 'turn-loop'
  | 'domain-clock'
  | 'joined'
  | 'bootstrap-failed'
  | 'announce'
  | 'log'
  | 'ended'

function localPerformers(parts: PerformerParts): Performers<LocalEffect> {
  const { gate, joins, log, post, self } = parts
  return {
    'check-gate': ({ ticket, peer: peerId, authorization, clusterName, name }) => {
      const signal = joins.signalOf(ticket)
      if (gate === undefined || signal === undefined) return
      const about = { clusterName, localPeerId: self.peerId, name, signal }
      void askGate(gate, { peerId, authorization, about }, log).then((verdict) => post({ type: 'gate-answered', ticket, verdict }))
    },
    'answer-admit': ({ ticket, answer }) => parts.admits.answer(ticket, answer),
    'turn-loop': ({ no }) => parts.clock.nextTurn(() => post({ type: 'loop-turned', no })),
    'domain-clock': ({ action }) => parts.clocks.apply(action),
    joined: parts.onJoined,
    'bootstrap-failed': ({ failure }) => parts.onBootstrapFailed(failure),
    announce: ({ announcement }) => parts.events.publish(announcement),
    log: ({ level, text, details }) => log(level, text, details),
    ended: parts.onEnded
  }
}
