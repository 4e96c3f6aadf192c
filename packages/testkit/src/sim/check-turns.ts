/** An election gives no turn to a Manager that died before the last one took over: its entry says that it was not heard since. */
import type { DirectoryEvent } from '@auki/discovery'
import type { Docket } from './checks.ts'
import type { ClusterMember, Effect, Event, PeerId, State } from './core.ts'
import { isHeir } from './heirs.ts'
import type { Process } from './process.ts'

export class TurnCheck {
  readonly #docket: Docket
  /** When each reign began, true ms, and whose it is. */
  readonly #reigns = new Map<number, { readonly at: number; readonly manager: PeerId }>()
  readonly #diedAt = new Map<PeerId, number>()

  constructor(docket: Docket) {
    this.#docket = docket
  }

  rowChanged({ type, row }: DirectoryEvent): void {
    if (type === 'created') this.#reigns.set(row.revision, { at: this.#docket.world.queue.now, manager: row.managerPeerId })
  }

  started({ peer }: Process): void {
    this.#diedAt.delete(peer)
  }

  stopped({ peer }: Process): void {
    this.#diedAt.set(peer, this.#docket.world.queue.now)
  }

  stepped(process: Process, _event: Event, before: State, _effects: readonly Effect[]): void {
    const { role, document } = process.state
    if (role.kind !== 'following' || role.stance.kind !== 'waiting' || role.slot === undefined) return
    if (this.#docket.world.twinned.has(role.slot)) return
    if (!role.stance.turns.includes(role.slot) || turnsOf(before).includes(role.slot)) return
    const reign = this.#reigns.get(document.order?.epoch ?? 0)
    const diedAt = this.#diedAt.get(role.slot) ?? Number.POSITIVE_INFINITY
    const reigned = [...this.#reigns.values()].some(({ manager, at }) => manager === role.slot && at < diedAt)
    if (reign === undefined || reign.manager === role.slot || diedAt >= reign.at || !reigned) return
    const own = document.peers.find(({ peerId }) => peerId === process.peer)
    if (own !== undefined && comesFirst(own))
      this.#docket.report('the-dead-get-no-turn', process, `waits for ${role.slot}, which died before the last Manager took over`)
  }
}

function turnsOf({ role }: State): readonly PeerId[] {
  return role.kind === 'following' && 'turns' in role.stance ? role.stance.turns : []
}

/** Before all that are marked. */
const comesFirst = (member: ClusterMember): boolean =>
  isHeir(member) && member.indirect !== true && member.multiaddrs.some((address) => !address.startsWith('/ip4/127.'))
