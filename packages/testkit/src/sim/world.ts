/**
 * The simulated world: machines, the wire between them, Discovery, and the peers' processes.
 *
 * Everything is drawn from one seed and happens in true time, so a run comes back exactly.
 */
import type { Command, DirectoryEvent, Outcome } from '@auki/discovery'
import { MachineClock } from './clock.ts'
import type { Name } from './commands.ts'
import type { Core, Settings, Target } from './core.ts'
import { Network } from './network.ts'
import { Process } from './process.ts'
import type { Inspector, Machine, ProcessSpec, Surroundings } from './process-spec.ts'
import { EventQueue } from './queue.ts'
import { Random } from './random.ts'
import { referenceCore } from './reference-core.ts'
import { type Asker, DiscoveryService } from './service.ts'
import { Wire } from './wire.ts'

/** What a peer is whenever it runs. */
export interface PeerPlan {
  readonly name: Name
  readonly target: Target
  readonly observer: boolean
  /** It follows the reference's rules. */
  readonly reference: boolean
  /** Where it says that others can dial it; `loopback`: an address that comes last in an election, and that all can dial here. */
  readonly reach: 'public' | 'loopback' | 'nowhere'
  readonly settings: Settings
  readonly gate: ProcessSpec['gate']
  readonly watchLateMs: number
}

/** One identity, and what has become of it. A twin shares the id of another. */
export interface Peer {
  readonly plan: PeerPlan
  readonly id: string
  readonly machine: Machine
  /** Runs as one; a restart may change it. */
  observer: boolean
  process: Process | undefined
  /** Its app starts it again after a failed bootstrap. */
  wanted: boolean
  starts: number
  port: number
}

/** Sees what processes do and what becomes of the row. */
export interface WorldInspector extends Inspector {
  committed(process: Process | undefined, command: Command, outcome: Outcome): void
  rowChanged(event: DirectoryEvent): void
  rowsForgotten(): void
}

export interface WorldOptions {
  readonly core: Core
  readonly seed: number
  readonly peers: readonly PeerPlan[]
  /** Machines kept free for twins. */
  readonly spareMachines: number
  readonly jitter: number
  /** Clocks run off by at most this share. */
  readonly rateError: number
  readonly inspector: WorldInspector
}

function addressesOf(reach: PeerPlan['reach'], machine: number, port: number): string[] {
  if (reach === 'nowhere') return []
  return [reach === 'public' ? `/ip4/10.0.0.${machine + 1}/tcp/${port}` : `/ip4/127.0.0.1/tcp/${1_000 * machine + port}`]
}

const restartPauseMs = { min: 300, max: 1_500 }
const epochNs = 1_700_000_000_000_000_000n
const wallSpreadMs = 3_000

export class World {
  readonly queue = new EventQueue()
  readonly wire: Wire
  readonly network: Network
  readonly service: DiscoveryService
  readonly peers = new Map<Name, Peer>()
  readonly discoveryMachine: number
  /** Ids of peers that once forged a document. */
  readonly liars = new Set<string>()
  /** Ids that once had two processes. */
  readonly twinned = new Set<string>()
  readonly #random: Random
  readonly #machines: Machine[]
  readonly #around: Surroundings
  readonly #coreSeeds: Random
  #spare: number

  constructor(options: WorldOptions) {
    const { peers, spareMachines, seed, inspector } = options
    this.#random = new Random(seed, 1)
    this.#coreSeeds = new Random(seed, 2)
    const count = peers.length + spareMachines
    this.discoveryMachine = count
    this.wire = new Wire({ queue: this.queue, random: this.#random, machines: count + 1, jitter: options.jitter })
    const clock = (): MachineClock => this.#clock(options.rateError)
    this.#machines = Array.from({ length: count }, (_, index) => ({ index, clock: clock(), up: true }))
    this.network = new Network({
      queue: this.queue,
      wire: this.wire,
      random: this.#random,
      machineUp: (index) => this.#machines[index]?.up ?? true
    })
    const observer = {
      committed: (asker: Asker, command: Command, outcome: Outcome) =>
        inspector.committed(asker instanceof Process ? asker : undefined, command, outcome),
      changed: (event: DirectoryEvent) => inspector.rowChanged(event),
      forgot: () => inspector.rowsForgotten()
    }
    this.service = new DiscoveryService({
      machine: count,
      queue: this.queue,
      wire: this.wire,
      random: this.#random,
      clock: clock(),
      observer
    })
    const watching: Inspector = Object.assign(Object.create(inspector), {
      stopped: (p: Process, why: string) => this.#stopped(p, why, inspector)
    })
    this.#around = {
      core: options.core,
      queue: this.queue,
      network: this.network,
      service: this.service,
      random: this.#random,
      inspector: watching
    }
    this.#spare = peers.length
    for (const [index, plan] of peers.entries()) this.#addPeer(plan, plan.name, this.#machines[index]!)
  }

  peer(name: Name): Peer {
    const peer = this.peers.get(name)
    if (peer === undefined) throw new Error(`there is no peer ${name}; say so in the list of peers`)
    return peer
  }

  /** Index of a machine by the name of its peer, or `discovery`. */
  machineOf(name: Name): number {
    return name === 'discovery' ? this.discoveryMachine : this.peer(name).machine.index
  }

  /** Every process that is not gone, halted ones included. */
  living(): Process[] {
    return [...this.peers.values()].flatMap(({ process }) => (process?.alive ? [process] : []))
  }

  /** Those of them that follow our rules. */
  ours(): Process[] {
    return this.living().filter(({ spec }) => !spec.reference)
  }

  start(peer: Peer): void {
    if (peer.process?.alive || this.queue.halted) return
    peer.wanted = true
    peer.machine.up = true
    peer.starts++
    const { plan, id, machine, port, starts } = peer
    const { target, settings, gate, watchLateMs, reference } = plan
    peer.process = new Process(reference ? { ...this.#around, core: referenceCore } : this.#around, machine, {
      name: plan.name,
      peer: id,
      instance: `${plan.name}${starts}`,
      addresses: addressesOf(plan.reach, machine.index, port),
      target,
      observer: peer.observer,
      reference,
      settings,
      relayMultiaddrs: [],
      gate,
      watchLateMs,
      seed: this.#coreSeeds.uint32()
    })
    peer.process.start()
  }

  /** It can be dialled at another address from now on. Who has none, or does not watch its addresses, stays. */
  roam(peer: Peer): void {
    const { plan, machine, process } = peer
    if (process === undefined || !process.alive || plan.reference || plan.reach === 'nowhere') return
    peer.port++
    process.roam(addressesOf(plan.reach, machine.index, peer.port))
  }

  /** A second machine with the identity of a peer; `undefined` when there is no machine left. */
  addTwin(of: Peer): Peer | undefined {
    const machine = this.#machines[this.#spare]
    if (machine === undefined) return undefined
    this.#spare++
    this.twinned.add(of.id)
    let name = `${of.plan.name}'`
    while (this.peers.has(name)) name += "'"
    return this.#addPeer({ ...of.plan, name }, of.id, machine)
  }

  #addPeer(plan: PeerPlan, id: string, machine: Machine): Peer {
    const peer = { plan, id, machine, observer: plan.observer, process: undefined, wanted: false, starts: 0, port: 4_001 }
    this.peers.set(plan.name, peer)
    return peer
  }

  #clock(rateError: number): MachineClock {
    const rate = 1 + this.#random.between(-rateError, rateError)
    const wallMs = Math.round(this.#random.between(-wallSpreadMs, wallSpreadMs))
    return new MachineClock(rate, this.#random.between(0, 100_000), epochNs + BigInt(wallMs) * 1_000_000n)
  }

  /** An app whose bootstrap failed tries again. */
  #stopped(process: Process, why: string, inspector: Inspector): void {
    inspector.stopped(process, why)
    const peer = this.peer(process.spec.name)
    if (process.failure === undefined) peer.wanted = false
    else
      this.queue.after(this.#random.between(restartPauseMs.min, restartPauseMs.max), () => {
        if (peer.wanted) this.start(peer)
      })
  }
}
