/** What a process is made of and put into. */
import type { Command } from '@auki/discovery'
import type { MachineClock } from './clock.ts'
import type { Core, Effect, Event, Now, PeerId, Settings, State, Target } from './core.ts'
import type { Network } from './network.ts'
import type { Process } from './process.ts'
import type { EventQueue } from './queue.ts'
import type { Random } from './random.ts'
import type { DiscoveryService } from './service.ts'

/** A computer. One process at a time runs on it. */
export interface Machine {
  readonly index: number
  readonly clock: MachineClock
  up: boolean
}

/** How a process is started; `name` is for people. */
export interface ProcessSpec {
  readonly name: string
  readonly peer: PeerId
  readonly instance: string
  readonly addresses: readonly string[]
  readonly target: Target
  readonly observer: boolean
  /** It follows the reference's rules. */
  readonly reference: boolean
  readonly settings: Settings
  readonly relayMultiaddrs: readonly string[]
  /** Its app's gate: share of askers it refuses, and share of checks that throw; `undefined`: no gate. */
  readonly gate: { readonly refuseChance: number; readonly failChance: number; readonly slowMs: number } | undefined
  /** Events of its watch come up to this late. */
  readonly watchLateMs: number
  readonly seed: number
}

/** What a process runs in. */
export interface Surroundings {
  readonly core: Core
  readonly queue: EventQueue
  readonly network: Network
  readonly service: DiscoveryService
  readonly random: Random
  readonly inspector: Inspector
}

/** Sees everything a process does. */
export interface Inspector {
  started(process: Process): void
  stepped(process: Process, event: Event, before: State, effects: readonly Effect[], now: Now): void
  threw(process: Process, what: { readonly type: string }, error: unknown): void
  asked(process: Process): void
  commandSent(process: Process, command: Command, sentMonoMs: number): void
  /** It is over, by its own will or not. */
  stopped(process: Process, why: string): void
}

export type Halt = 'freeze' | 'suspend' | 'pause'
