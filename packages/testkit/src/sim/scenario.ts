/** Plays a scenario: a small world without jitter, in which only happens what the text says. */
import { presets } from '@auki/domain/core'
import { disagreement } from './agreement.ts'
import { inspectionOf } from './checkers.ts'
import type { Core } from './core.ts'
import { perform } from './perform.ts'
import { clusterName } from './plan.ts'
import {
  type Block,
  parseCommand,
  parseScenario,
  printScenario,
  type ScenarioCommand,
  type ScenarioPeer,
  type ScenarioWorld
} from './scenario-text.ts'
import { World } from './world.ts'

const lookEveryMs = 10
const settleMaxMs = 60_000
const lastsMs = 1_000
const spareMachines = 3

const defaults: ScenarioWorld = { preset: 'robust', watch: true, delayMs: 1, discoveryMs: 2, seed: 1, watchLateMs: 0 }

/** The scenario with what came of it this time: the same text if nothing has changed. */
export function playScenario(core: Core, text: string): string {
  const stage = new Stage(core)
  const blocks: Block[] = parseScenario(text).map(({ input }) => ({ input, output: stage.play(input) }))
  return printScenario(blocks)
}

class Stage {
  readonly #core: Core
  #config = defaults
  #world: World | undefined
  #inspection: ReturnType<typeof inspectionOf> | undefined
  #told = 0

  constructor(core: Core) {
    this.#core = core
  }

  play(lines: readonly string[]): string[] {
    for (const line of lines) {
      const command = parseCommand(line)
      if (command !== undefined) this.#do(command)
    }
    const { trace, docket } = this.#inspection ?? this.#fail('say first who the peers are')
    const output = trace.lines.slice(this.#told)
    this.#told = trace.lines.length
    const { violation } = docket
    return violation === undefined ? output : [...output, `BROKEN ${violation.rule} by ${violation.who}: ${violation.what}`]
  }

  #do(command: ScenarioCommand): void {
    switch (command.do) {
      case 'world':
        this.#config = command.world
        return
      case 'peers':
        return this.#gather(command.peers)
      case 'advance':
        return this.#theWorld().queue.runUntil(this.#theWorld().queue.now + command.ms)
      case 'settle':
        return this.#settle()
      case 'show':
        return this.#show()
      default:
        perform(this.#theWorld(), command)
    }
  }

  #gather(peers: readonly ScenarioPeer[]): void {
    const { preset, watch, rowLifeMs = presets[preset].rowLifeMs, watchLateMs, seed, delayMs, discoveryMs } = this.#config
    const settings = { ...presets[preset], watch, rowLifeMs }
    const plans = peers.map(({ name, observer, reference, reach }) => ({
      name,
      target: { kind: 'joinOrCreate', name: clusterName } as const,
      observer,
      reference,
      reach,
      settings,
      gate: undefined,
      watchLateMs
    }))
    const inspection = inspectionOf(() => world, this.#core, 'story')
    const world: World = new World({
      core: this.#core,
      seed,
      peers: plans,
      spareMachines,
      jitter: 0,
      rateError: 0,
      inspector: inspection.inspector
    })
    this.#world = world
    this.#inspection = inspection
    const machines = peers.length + spareMachines
    for (let a = 0; a < machines; a++) {
      for (let b = 0; b < a; b++) world.wire.setDelay(a, b, delayMs)
      world.wire.setDelay(a, world.discoveryMachine, discoveryMs)
    }
    for (const { name, absent } of peers) {
      if (absent) continue
      world.start(world.peer(name))
      this.#settle()
    }
  }

  #settle(): void {
    const world = this.#theWorld()
    const began = world.queue.now
    let since = began
    let why: string | undefined
    while (!world.queue.halted && world.queue.now - since < lastsMs && world.queue.now - began < settleMaxMs) {
      world.queue.runUntil(world.queue.now + lookEveryMs)
      why = disagreement(world, clusterName)
      if (why !== undefined) since = world.queue.now
    }
    if (why !== undefined) this.#inspection?.trace.note('-', `no agreement: ${why}`)
  }

  #show(): void {
    for (const { plan, process } of this.#theWorld().peers.values()) {
      if (process === undefined || !process.alive) continue
      const { role, managerPeerId, membership } = process.view()
      const peers = membership.peers.map(({ peerId, observer }) => (observer ? `${peerId}*` : peerId)).join(' ')
      this.#inspection?.trace.note(
        plan.name,
        `is ${role ?? process.state.role.kind}, Manager ${managerPeerId ?? 'unknown'}, members ${peers}`
      )
    }
  }

  #theWorld(): World {
    return this.#world ?? this.#fail('say first who the peers are')
  }

  #fail(message: string): never {
    throw new Error(message)
  }
}
