/** An election gives no turn to a Manager that died before the last one took over: its entry says that it was not heard since. */
import type { Command, DirectoryEvent, Outcome } from '@auki/discovery'
import type { Docket } from './checks.ts'
import type { ClusterMember, Effect, Event, PeerId, State } from './core.ts'
import { isHeir } from './heirs.ts'
import type { Process } from './process.ts'

export class TurnCheck {
  readonly #docket: Docket
  /** When each reign began, true ms, and whose it is. */
  readonly #reigns = new Map<number, { readonly at: number; readonly manager: PeerId }>()
  readonly #diedAt = new Map<PeerId, number>()
  /** What a Manager had from each member in its reign, by what the reign is called. */
  readonly #heard = new Map<number, Set<PeerId>>()
  /** Reigns that a Manager began which had never ceased to be one, as far as it knows: it comes after nobody. */
  readonly #renewed = new Set<number>()

  constructor(docket: Docket) {
    this.#docket = docket
  }

  rowChanged({ type, row }: DirectoryEvent): void {
    if (type === 'created') this.#reigns.set(row.revision, { at: this.#docket.world.queue.now, manager: row.managerPeerId })
  }

  committed(process: Process | undefined, _command: Command, outcome: Outcome): void {
    if (outcome.kind === 'created' && process?.state.role.kind === 'managing') this.#renewed.add(outcome.row.revision)
  }

  started({ peer }: Process): void {
    this.#diedAt.delete(peer)
  }

  stopped({ peer }: Process): void {
    this.#diedAt.set(peer, this.#docket.world.queue.now)
  }

  stepped(process: Process, event: Event, before: State, _effects: readonly Effect[]): void {
    const { role, document } = process.state
    const epoch = document.order?.epoch ?? 0
    if (role.kind === 'managing') return this.#hear(epoch, event)
    if (role.kind !== 'following' || role.stance.kind !== 'waiting' || role.slot === undefined) return
    if (this.#docket.world.twinned.has(role.slot)) return
    if (!role.stance.turns.includes(role.slot) || turnsOf(before).includes(role.slot)) return
    const reign = this.#reigns.get(epoch)
    const diedAt = this.#diedAt.get(role.slot) ?? Number.POSITIVE_INFINITY
    if (reign === undefined || reign.manager === role.slot || diedAt >= reign.at) return
    // What the dead one sent before a cut or a spike may arrive after the takeover: the Manager heard it in its reign, and its mark went.
    if (this.#heard.get(epoch)?.has(role.slot) || this.#renewed.has(epoch)) return
    // Whoever forges documents says nothing of marks.
    if (this.#docket.world.liars.has(reign.manager)) return
    // Whoever took over knew its predecessor as gone, and of those before it nothing.
    const predecessor = [...this.#reigns.values()].filter(({ at }) => at < reign.at).sort((a, b) => b.at - a.at)[0]
    if (predecessor?.manager !== role.slot || predecessor.at >= diedAt) return
    const own = document.peers.find(({ peerId }) => peerId === process.peer)
    if (own !== undefined && comesFirst(own))
      this.#docket.report('the-dead-get-no-turn', process, `waits for ${role.slot}, which died before the last Manager took over`)
  }

  #hear(epoch: number, event: Event): void {
    if (event.type !== 'heartbeat-received' && event.type !== 'join-requested') return
    const heard = this.#heard.get(epoch) ?? new Set()
    this.#heard.set(epoch, heard.add(event.peer))
  }
}

function turnsOf({ role }: State): readonly PeerId[] {
  return role.kind === 'following' && 'turns' in role.stance ? role.stance.turns : []
}

/** Before all that are marked. */
const comesFirst = (member: ClusterMember): boolean =>
  isHeir(member) && member.indirect !== true && member.multiaddrs.some((address) => !address.startsWith('/ip4/127.'))
