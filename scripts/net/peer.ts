/** A peer in a process on a host of the lab, as seen by the script that runs it. */
import type { DomainConfig, PresetName } from '@auki/domain'
import { Program } from '@auki/testkit/processes'
import type { Host, Lab } from './lab.ts'
import {
  type ClockReading,
  type Fresh,
  nowMs,
  type Offered,
  type PeerInit,
  type Stream,
  type Told,
  type ToPeer,
  type View
} from './messages.ts'

export interface PeerOptions {
  readonly cluster?: string
  readonly discoveryUrl: string
  /** Default: a pose. */
  readonly offers?: readonly Offered[]
  /** Of the camera; default 20,000, so that 1 Mbit/s carries 6 frames a second. */
  readonly frameBytes?: number
  /** Default: 15. */
  readonly cameraHz?: number
  readonly preset?: PresetName
  /** What else differs from the defaults. */
  readonly config?: Partial<DomainConfig>
}

export type TimedEvent = Extract<Told, { told: 'event' }>

export class LabPeer implements AsyncDisposable {
  readonly name: string
  readonly host: Host
  readonly #program: Program<ToPeer, Told>
  readonly #told: Told[] = []
  #peerId: string | undefined

  private constructor(name: string, host: Host, init: PeerInit) {
    this.name = name
    this.host = host
    this.#program = new Program(new URL('./peer-process.ts', import.meta.url), init, {
      under: host.under,
      onTold: (told) => this.#told.push(told)
    })
  }

  /** Starts it on a host, under its name unless told; resolves when it can join. */
  static async start(lab: Lab, hostName: string, options: PeerOptions, name = hostName): Promise<LabPeer> {
    const { cluster = 'lab', discoveryUrl, offers = ['pose'], frameBytes = 20_000, cameraHz = 15, preset = 'robust', config = {} } = options
    const settings = { preset, ...config.settings }
    const init = { cluster, discoveryUrl, name, offers, frameBytes, cameraHz, config: { ...config, settings } }
    const peer = lab.use(new LabPeer(name, lab.host(hostName), init))
    await peer.#program.call({ call: 'ready' })
    return peer
  }

  /** Resolves to when it has joined. */
  async join(): Promise<number> {
    const { peerId } = await this.#program.call<View>({ call: 'join' })
    this.#peerId = peerId
    return nowMs()
  }

  get peerId(): string {
    return this.#peerId!
  }

  /** What happened to it from a moment on. */
  events(sinceMs = 0): TimedEvent[] {
    return this.#told.filter((told) => told.told === 'event' && told.atMs >= sinceMs) as TimedEvent[]
  }

  /** What it warned of. */
  warnings(): { readonly atMs: number; readonly text: string }[] {
    return this.#told.filter((told) => told.told === 'warning')
  }

  /** When it left its cluster or was put out for good, and why; undefined while it is in. */
  get over(): { readonly atMs: number; readonly code: string | undefined } | undefined {
    return this.#told.find((told) => told.told === 'over')
  }

  /** From now on it reads every log of every other member. */
  read(): Promise<void> {
    return this.#program.call({ call: 'read' })
  }

  look(): Promise<View> {
    return this.#program.call({ call: 'look' })
  }

  streams(): Promise<Stream[]> {
    return this.#program.call({ call: 'streams' })
  }

  fresh(stampedMs: number): Promise<Fresh[]> {
    return this.#program.call({ call: 'fresh', stampedMs })
  }

  clock(): Promise<ClockReading> {
    return this.#program.call({ call: 'clock' })
  }

  leave(): Promise<void> {
    return this.#program.call({ call: 'leave' })
  }

  /** SIGSTOP, and SIGCONT after so long; resolves to when that was. */
  async sleep(ms: number): Promise<number> {
    this.#program.kill('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, ms))
    this.#program.kill('SIGCONT')
    return nowMs()
  }

  /** SIGKILL; resolves to when that was. */
  async kill(): Promise<number> {
    const atMs = nowMs()
    await this[Symbol.asyncDispose]()
    return atMs
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]()
  }
}
