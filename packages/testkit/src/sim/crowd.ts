/** A large cluster: many join at once, the Manager dies, then it is calm. How much does each member get to read? */
import { presets } from '@auki/domain/core'
import { disagreement } from './agreement.ts'
import { inspectionOf } from './checkers.ts'
import type { Violation } from './checks.ts'
import type { Core, Event } from './core.ts'
import { inspectAll } from './inspectors.ts'
import { clusterName } from './plan.ts'
import type { Process } from './process.ts'
import { type PeerPlan, World } from './world.ts'

/** One part of the play, from what set it off to the agreement of all. */
export interface CrowdPhase {
  readonly ms: number
  /** Versions that the Manager's document went through. */
  readonly changes: number
  /** Documents that arrived, by gossip, in the mean over the members. */
  readonly documentsPerMember: number
}

export interface CrowdVerdict {
  readonly violation: Violation | undefined
  readonly storm: CrowdPhase
  readonly failover: CrowdPhase
  /** 12 s in which nothing happens. */
  readonly calm: CrowdPhase
}

const lookEveryMs = 100
const patienceMs = 30_000
const calmMs = 12_000

/** `members`: how many there are in the end, the first one included. */
export function playCrowd({ core, seed, members }: { readonly core: Core; readonly seed: number; readonly members: number }): CrowdVerdict {
  const stage = new Stage(core, seed, members)
  const [first, ...others] = [...stage.world.peers.values()]
  stage.world.start(first!)
  stage.agree()
  const storm = stage.phase(() => {
    for (const peer of others) stage.world.start(peer)
    stage.agree()
  })
  const failover = stage.phase(() => {
    first!.process?.stop('crashed')
    stage.agree()
  })
  const calm = stage.phase(() => {
    stage.pass(calmMs)
    stage.agree()
  })
  return { violation: stage.violation, storm, failover, calm }
}

export interface SilentVerdict {
  readonly violation: Violation | undefined
  /** From the death of the Manager to a confirmed new one, ms. */
  readonly takeoverMs: number
}

/** So many candidates come before an honest one, are connected and silent; then the Manager dies. */
export function playSilence({
  core,
  seed,
  silent
}: {
  readonly core: Core
  readonly seed: number
  readonly silent: number
}): SilentVerdict {
  const stage = new Stage(core, seed, silent + 2)
  const [manager, ...others] = [...stage.world.peers.values()]
  stage.world.start(manager!)
  stage.agree()
  const honest = others.pop()!
  for (const peer of others) stage.world.start(peer)
  stage.agree()
  stage.world.start(honest)
  stage.agree()
  for (const peer of others) peer.process?.halt('freeze')
  manager!.process?.stop('crashed')
  const began = stage.world.queue.now
  while (honest.process?.view().isManager !== true && stage.world.queue.now - began < patienceMs && !stage.world.queue.halted)
    stage.pass(lookEveryMs)
  return { violation: stage.violation, takeoverMs: stage.world.queue.now - began }
}

class Stage {
  readonly world: World
  readonly #inspection: ReturnType<typeof inspectionOf>
  #documents = 0
  #changes = 0

  constructor(core: Core, seed: number, members: number) {
    this.#inspection = inspectionOf(() => this.world, core, 'none')
    const counter = { stepped: (process: Process, event: Event, before: Process['state']) => this.#count(process, event, before) }
    const inspector = inspectAll([this.#inspection.inspector, counter])
    const peers = Array.from({ length: members }, (_, index) => planOf(`p${index}`))
    this.world = new World({ core, seed, peers, spareMachines: 0, jitter: 0.5, rateError: 200e-6, inspector })
  }

  get violation(): Violation | undefined {
    return this.#inspection.docket.violation
  }

  pass(ms: number): void {
    this.world.queue.runUntil(this.world.queue.now + ms)
  }

  /** Until all that is alive agrees. */
  agree(): void {
    const { queue } = this.world
    const until = queue.now + patienceMs
    let why: string | undefined = 'nobody looked'
    while (why !== undefined && queue.now < until && !queue.halted) {
      this.pass(lookEveryMs)
      why = disagreement(this.world, clusterName)
    }
    if (why !== undefined) this.#inspection.docket.report('agrees-in-time', undefined, why)
  }

  phase(play: () => void): CrowdPhase {
    const began = this.world.queue.now
    this.#documents = 0
    this.#changes = 0
    play()
    const documentsPerMember = this.#documents / this.world.living().length
    return { ms: this.world.queue.now - began, changes: this.#changes, documentsPerMember }
  }

  #count(process: Process, event: Event, before: Process['state']): void {
    if (event.type === 'document-received') this.#documents++
    if (process.state.role.kind === 'managing' && process.state.document !== before.document) this.#changes++
  }
}

function planOf(name: string): PeerPlan {
  const target = { kind: 'joinOrCreate', name: clusterName } as const
  const settings = { ...presets.robust, watch: true }
  return { name, target, observer: false, reference: false, reach: 'public', settings, gate: undefined, watchLateMs: 0 }
}
