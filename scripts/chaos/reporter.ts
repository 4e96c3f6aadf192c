/**
 * A peer's report about itself.
 *
 * It looks every few ms and notes the time first. `isManager` that is true after that was true at that time, too: a lease only runs out, and nothing
 * else ran in between. So the report can be late, or miss something, but it can't claim a lease that was none.
 */
import type { ClusterManager } from '@auki/domain'
import type { FromPeer, PeerView } from './messages.ts'

const lookMs = 20
/** Two looks farther apart say nothing about the time between. */
const gapMsMax = 100
/** What is held is told this often. */
const tellMs = 100

export class Reporter {
  readonly #manager: ClusterManager
  readonly #tell: (message: FromPeer) => void
  readonly #timer: NodeJS.Timeout
  readonly #gone = new Set<string>()
  #held: { readonly epoch: number; fromNs: bigint; toNs: bigint } | undefined
  #told: PeerView | undefined

  constructor(manager: ClusterManager, tell: (message: FromPeer) => void) {
    this.#manager = manager
    this.#tell = tell
    this.#timer = setInterval(() => this.#look(), lookMs)
    void this.#noteLeavers()
    this.#look()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#tellHeld()
  }

  /** The youngest clock sample is as old as the last heartbeat, as long as each carries one. */
  tellHeartbeatAge(): void {
    const agesNs = this.#manager
      .clockSyncEstimates()
      .map(({ ageNs, sampleCount }) => (sampleCount > 0 ? Number(ageNs) : Number.POSITIVE_INFINITY))
    this.#tell({ type: 'heartbeat-age', ms: Math.min(...agesNs) / 1e6 })
  }

  #look(): void {
    const atNs = process.hrtime.bigint()
    const { isManager } = this.#manager
    const view = this.#view(atNs)
    if (this.#told === undefined || !same(this.#told, view) || view.gone.length > 0) {
      this.#gone.clear()
      this.#told = view
      this.#tell({ type: 'view', view })
    }
    if (isManager && view.epoch !== undefined) this.#hold(view.epoch, atNs)
    else this.#letGo()
  }

  #view(atNs: bigint): PeerView {
    const { localPeerId: peerId, role, managerPeerId, membership } = this.#manager
    const members = new Map(membership.peers.map((member) => [member.peerId, member.joinTsNs]))
    return { atNs, peerId, role, managerPeerId, epoch: membership.epoch, version: membership.version, members, gone: [...this.#gone] }
  }

  #hold(epoch: number, atNs: bigint): void {
    const held = this.#held
    const goesOn = held?.epoch === epoch && msBetween(held.toNs, atNs) <= gapMsMax
    if (!goesOn) {
      this.#letGo()
      this.#held = { epoch, fromNs: atNs, toNs: atNs }
      this.#tellHeld()
    } else {
      held.toNs = atNs
      if (msBetween(held.fromNs, atNs) >= tellMs) this.#tellHeld()
    }
  }

  #letGo(): void {
    this.#tellHeld()
    this.#held = undefined
  }

  /** The next piece begins where this one ends. */
  #tellHeld(): void {
    if (this.#held === undefined) return
    this.#tell({ type: 'held', held: { ...this.#held } })
    this.#held.fromNs = this.#held.toNs
  }

  async #noteLeavers(): Promise<void> {
    for await (const event of this.#manager.events()) if (event.type === 'member-left') this.#gone.add(event.peerId)
  }
}

const msBetween = (fromNs: bigint, toNs: bigint): number => Number(toNs - fromNs) / 1e6

function same(a: PeerView, b: PeerView): boolean {
  return a.role === b.role && a.managerPeerId === b.managerPeerId && a.epoch === b.epoch && a.version === b.version
}
