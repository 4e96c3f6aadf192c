/** A cluster of processes, one peer in each, whose Manager is killed or asked to leave, to see how long the others take. */
import type { PresetName } from '@auki/domain'
import { until } from '../../packages/cli/src/child.ts'
import type { DomainSteps } from './domain-steps.ts'
import { Knocker } from './knocker.ts'
import { PeerProcess, type RemotePeer } from './peers.ts'

const joinMs = 30_000
/** Far beyond what is allowed: later ones are measured, too. */
const takeoverMs = 60_000

interface Seat {
  readonly process: PeerProcess
  readonly peer: RemotePeer
}

/** How a Manager that left was succeeded, counted from its decision to leave. */
export interface HandOver {
  /** Until another one was committed and known to all others. */
  readonly ms: number
  /** Until a join was accepted again. */
  readonly refusedMs: number
}

export interface ClusterHow {
  readonly settles?: boolean
  readonly preset?: PresetName
}

export class Cluster implements AsyncDisposable {
  readonly #name: string
  readonly #discoveryUrl: string
  readonly #settles: boolean
  readonly #preset: PresetName
  readonly #gone = new Set<string>()
  #seats: readonly Seat[] = []

  /** `settles`: whether to wait, after every change, until everybody has everybody and nobody those who are gone: some 15 s after a kill. */
  constructor(name: string, discoveryUrl: string, { settles = true, preset = 'robust' }: ClusterHow = {}) {
    this.#name = name
    this.#discoveryUrl = discoveryUrl
    this.#settles = settles
    this.#preset = preset
  }

  get size(): number {
    return this.#seats.length
  }

  /** Peer id of the one that all take for the Manager. @throws Error when there is none. */
  get manager(): string {
    return this.#manager.peer.peerId
  }

  /** Peer ids of the others, in order of joining. */
  get others(): string[] {
    const { manager } = this
    return this.#seats.map(({ peer }) => peer.peerId).filter((peerId) => peerId !== manager)
  }

  get #manager(): Seat {
    const manager = agreedManager(this.#seats)
    if (manager === undefined) throw new Error('the members do not agree on a Manager')
    return manager
  }

  /** Starts a peer; resolves when everybody sees everybody. */
  async grow(): Promise<void> {
    const process = new PeerProcess()
    try {
      const peer = await process.join(this.#name, this.#discoveryUrl, { preset: this.#preset })
      this.#seats = [...this.#seats, { process, peer }]
    } catch (error) {
      await process.kill()
      throw error
    }
    await this.#settled()
  }

  /** SIGKILL for the Manager; resolves to the ms until another one is committed and known to all others. */
  async loseManager(): Promise<number> {
    const manager = this.#manager
    this.#letGo(manager)
    const killedAtNs = process.hrtime.bigint()
    const killed = manager.process.kill()
    const knownAtNs = await this.#knownManager(killedAtNs)
    await killed
    await this.#settled()
    return Number(knownAtNs - killedAtNs) / 1e6
  }

  /** SIGKILL for the member that joined last; resolves to the ms until it is in nobody's membership. */
  async loseMember(): Promise<number> {
    const manager = this.#manager
    const member = this.#seats.findLast((seat) => seat !== manager)
    if (member === undefined) throw new Error('there is no other member')
    const { peerId } = member.peer
    this.#letGo(member)
    const killedAtNs = process.hrtime.bigint()
    const killed = member.process.kill()
    const look = (): bigint | undefined => {
      const times = this.#seats.map(({ peer }) => peer.goneAtNs.get(peerId))
      return times.every((atNs) => atNs !== undefined) ? times.reduce((a, b) => (a > b ? a : b)) : undefined
    }
    const knownAtNs = await this.#until('all know that a member is gone', takeoverMs, look)
    await killed
    return Number(knownAtNs - killedAtNs) / 1e6
  }

  /** The Manager leaves, while somebody asks to be let in all the time. */
  async dismissManager(): Promise<HandOver> {
    const manager = this.#manager
    await using knocker = await Knocker.at(this.#name, this.#discoveryUrl)
    this.#letGo(manager)
    const askedAtNs = process.hrtime.bigint()
    const left = manager.peer.leave()
    const letInAtNs = knocker.letInByAnother()
    const knownAtNs = await this.#knownManager(askedAtNs)
    const { calledAtNs } = await left
    await this.#settled()
    await manager.process.kill()
    return { ms: Number(knownAtNs - calledAtNs) / 1e6, refusedMs: Number((await letInAtNs) - calledAtNs) / 1e6 }
  }

  /** Of all that are there; see {@link RemotePeer.domainSteps}. */
  domainSteps(): Promise<DomainSteps[]> {
    return Promise.all(this.#seats.map(({ peer }) => peer.domainSteps()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#seats.map(({ process }) => process.kill()))
  }

  #letGo(seat: Seat): void {
    this.#seats = this.#seats.filter((other) => other !== seat)
    this.#gone.add(seat.peer.peerId)
  }

  /** Resolves to the moment, after the given one, by which the last one knew the Manager. ns */
  #knownManager(afterNs: bigint): Promise<bigint> {
    const look = (): bigint | undefined => {
      if (agreedManager(this.#seats) === undefined) return undefined
      const times = this.#seats.map(({ peer }) => peer.standing.atNs)
      return times.every((atNs) => atNs > afterNs) ? times.reduce((a, b) => (a > b ? a : b)) : undefined
    }
    return this.#until('another Manager', takeoverMs, look)
  }

  /** Everybody has everybody, and nobody those who are gone. */
  async #settled(): Promise<void> {
    if (!this.#settles) return
    const has = ({ peer: { sawAtNs } }: Seat): boolean =>
      this.#seats.every(({ peer }) => sawAtNs.has(peer.peerId)) && [...this.#gone].every((peerId) => !sawAtNs.has(peerId))
    await this.#until('everybody has everybody', joinMs, () => this.#seats.every(has) || undefined)
  }

  #until<T>(what: string, withinMs: number, look: () => T | undefined): Promise<T> {
    return until(
      what,
      this.#seats.map(({ process }) => process),
      look,
      { withinMs }
    )
  }
}

/** The one that knows itself to be Manager and that all others follow. */
function agreedManager(seats: readonly Seat[]): Seat | undefined {
  const manager = seats.find(({ peer }) => peer.standing.role === 'manager')
  const follows = ({ peer: { standing } }: Seat): boolean => standing.role === 'follower' && standing.managerPeerId === manager?.peer.peerId
  return seats.every((seat) => seat === manager || follows(seat)) ? manager : undefined
}
