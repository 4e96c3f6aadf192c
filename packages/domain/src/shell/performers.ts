/** Performs every effect of the core. */
import type { Effect } from '../core/index.ts'
import type { ClusterClocks } from './cluster-clocks.ts'
import type { PublishedEvent } from './cluster-event.ts'
import { type DiscoveryParts, discoveryPerformers } from './discovery-adapter.ts'
import type { Performers } from './effects.ts'
import type { EventHub } from './event-hub.ts'
import { type AdmitGate, askGate } from './gate.ts'
import type { Lifecycle } from './lifecycle.ts'
import { type NetworkParts, networkPerformers } from './network-adapter.ts'
import { nextTurn } from './platform.ts'

export type PerformerParts = Omit<DiscoveryParts, 'canDial'> & NetworkParts & LocalParts

interface LocalParts {
  readonly clocks: Pick<ClusterClocks, 'post'>
  readonly events: Pick<EventHub<PublishedEvent>, 'publish'>
  readonly gate: AdmitGate | undefined
  readonly life: Pick<Lifecycle, 'onJoined' | 'onEnded'>
}

export function performer(parts: PerformerParts): (effect: Effect) => void {
  const canDial = (peerId: string, multiaddrs: readonly string[]) => parts.runtime.dialable(peerId, multiaddrs).length > 0
  // One per type of effect; the compiler finds a missing one.
  const performers: Performers = { ...discoveryPerformers({ ...parts, canDial }), ...networkPerformers(parts), ...localPerformers(parts) }
  return (effect) => (performers[effect.type] as (effect: Effect) => void)(effect)
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

function localPerformers(parts: NetworkParts & LocalParts): Performers<LocalEffect> {
  const { gate, tickets, log, post, self } = parts
  return {
    'check-gate': ({ ticket, peer: peerId, authorization, clusterName, name }) => {
      const signal = tickets.signalOf(ticket)
      if (gate === undefined || signal === undefined) return
      const about = { clusterName, localPeerId: self.peerId, name, signal }
      void askGate(gate, { peerId, authorization, about }, log).then((verdict) => post({ type: 'gate-answered', ticket, verdict }))
    },
    'answer-admit': ({ ticket, answer }) => tickets.answer(ticket, answer),
    'turn-loop': ({ no }) => nextTurn(() => post({ type: 'loop-turned', no })),
    'domain-clock': (event) => parts.clocks.post(event),
    joined: () => parts.life.onJoined(),
    'bootstrap-failed': ({ failure }) => parts.life.onJoined(failure),
    announce: ({ announcement }) => parts.events.publish(announcement),
    log: ({ level, text, details }) => log(level, text, details),
    ended: (effect) => parts.life.onEnded(effect)
  }
}
