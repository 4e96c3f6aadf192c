/** Performs the core's effects, each as the real shell does: starts the work, and the answer comes back as an event. */
import type { DiscoveryClient } from './client.ts'
import type { Effect } from './core.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { WatchClient } from './watch.ts'

/** What effects are performed with, apart from the process itself. */
export interface Hands {
  readonly client: DiscoveryClient
  readonly watch: WatchClient
  readonly random: Random
}

type Only<T extends Effect['type']> = Extract<Effect, { type: T }>

const gateTurnMs = 5

export function performEffect(process: Process, { client, watch, random }: Hands, effect: Effect): void {
  switch (effect.type) {
    case 'read-row':
    case 'read-newest-row':
    case 'create-row':
    case 'refresh-row':
    case 'rotate-row':
    case 'delete-row':
      return client.perform(effect)
    case 'open-watch':
      return watch.open(effect.name)
    case 'close-watch':
      return watch.close()
    case 'set-targets':
      return process.node.carriers.setTargets(effect.peers)
    case 'set-allowed':
      return process.node.setAllowed(effect.members)
    case 'dial':
      return process.node.dial(effect.peer)
    case 'pace-dials':
      return process.node.paceDials(effect.hasty)
    case 'switch-connection':
      return process.node.switchConnection(effect.peer)
    case 'turn-loop':
      return process.loop.turn(() => process.post({ type: 'loop-turned', no: effect.no }))
    case 'check-gate':
      return checkGate(process, random, effect.ticket)
    case 'ask-witnesses':
      return process.node.sightings.askWitnesses(effect.no, effect.to, effect.suspect)
    case 'joined':
    case 'bootstrap-failed':
    case 'ended':
      return process.outcome(effect)
    case 'announce':
    case 'log':
    case 'domain-clock':
    case 'answer-admit':
      return
    default:
      return exchange(process, effect)
  }
}

function exchange(
  process: Process,
  effect: Only<'request-join' | 'abandon' | 'request-leave' | 'push' | 'answer-join' | 'answer-leave'>
): void {
  const { exchanges } = process.node
  switch (effect.type) {
    case 'request-join': {
      const { observer } = process.spec
      return exchanges.requestJoin(effect.no, effect.peer, { multiaddrs: process.addresses, authorization: '', observer, ...process.named })
    }
    case 'abandon':
      return exchanges.abandon(effect.no)
    case 'request-leave':
      return exchanges.requestLeave(effect.no, effect.peer)
    case 'push':
      return exchanges.push(effect)
    case 'answer-join':
      return exchanges.answerJoin(effect.ticket, effect.answer)
    case 'answer-leave':
      return exchanges.answerLeave(effect.ticket, effect.acknowledged)
  }
}

function checkGate(process: Process, random: Random, ticket: number): void {
  const { refuseChance, failChance, slowMs } = process.spec.gate ?? { refuseChance: 0, failChance: 0, slowMs: 0 }
  const allowed = random.chance(refuseChance) ? ({ kind: 'refused', reason: 'not on the list' } as const) : ({ kind: 'ok' } as const)
  const verdict = random.chance(failChance) ? ({ kind: 'failed' } as const) : allowed
  process.loop.after(random.between(gateTurnMs, gateTurnMs + slowMs), () => process.post({ type: 'gate-answered', ticket, verdict }))
}
