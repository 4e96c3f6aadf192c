/** Documents only move forward, say one thing under one version, and change only in the hands of a confirmed Manager. */
import type { DirectoryEvent } from '@auki/discovery'
import type { Docket } from './checks.ts'
import type { ClusterDocument, DocumentVersion, Effect, Event, Now, State } from './core.ts'
import type { Process } from './process.ts'

export class DocumentCheck {
  readonly #docket: Docket
  readonly #written = new Map<string, string>()
  /** The latest order of each: documents without one lie in between, where the author follows the reference's rules. */
  readonly #lastOrder = new WeakMap<Process, DocumentVersion>()
  /** The directory's counter went back: floors are reset, and an old document may come back for a moment. */
  #counterWentBack = false
  #counter = 0
  /** Reigns without an instance. */
  readonly #anonymous = new Set<number>()

  constructor(docket: Docket) {
    this.#docket = docket
  }

  rowChanged({ counter, row }: DirectoryEvent): void {
    if (row.instance === '') this.#anonymous.add(row.revision)
    if (counter < this.#counter) {
      this.#counterWentBack = true
      this.#written.clear() // a clock that is just so far behind hands out the same revisions again
    }
    this.#counter = counter
  }

  stepped(process: Process, _event: Event, before: State, effects: readonly Effect[], now: Now): void {
    for (const effect of effects) this.#checkEffect(process, effect, now)
    const { document, role } = process.state
    const { floor } = process.state // a foreign rotation can overtake the answer to a create of ours
    if (
      floor !== before.floor &&
      floor.epoch < before.floor.epoch &&
      !this.#orderIsLost() &&
      !this.#docket.world.twinned.has(process.peer)
    ) {
      this.#docket.report('floor-stays', process, `the floor went from r${before.floor.epoch} back to r${floor.epoch}`)
    }
    if (document === before.document) return
    if (role.kind === 'managing') this.#checkAuthored(process, before, document, now)
    this.#checkOrder(process, before.document, document)
    this.#checkText(process, document)
  }

  #checkEffect(process: Process, effect: Effect, now: Now): void {
    const committing =
      effect.type === 'push' ? effect.handoverTo === undefined : effect.type === 'answer-join' && effect.answer.kind === 'accept'
    if (committing && !process.view(now).isManager)
      this.#docket.report('commit-needs-lease', process, `${effect.type} without a confirmed lease`)
    const { role, document } = process.state
    if (committing && role.kind === 'managing' && role.revision !== document.order?.epoch)
      this.#docket.report('commit-under-its-epoch', process, `${effect.type} under r${document.order?.epoch}, holding r${role.revision}`)
  }

  #checkAuthored(process: Process, { document: before, role }: State, after: ClusterDocument, now: Now): void {
    // Whoever takes the role over may hold a liar's document of that very reign.
    const sameReign = role.kind === 'managing' && before.order?.epoch === after.order?.epoch
    if (sameReign && !process.view(now).isManager) {
      this.#docket.report('commit-needs-lease', process, 'the document changed without a confirmed lease')
    }
    const held = process.state.role
    if (sameReign && held.kind === 'managing' && held.revision !== after.order?.epoch)
      this.#docket.report('commit-under-its-epoch', process, `changed r${after.order?.epoch}, holding r${held.revision}`)
    if (!after.peers.some(({ peerId }) => peerId === process.peer))
      this.#docket.report('author-is-listed', process, 'a Manager that is not in its own document')
    const known = new Map(before.peers.map((member) => [member.peerId, member.joinTsNs]))
    for (const { peerId, joinTsNs } of after.peers) {
      const earlier = known.get(peerId)
      if (earlier !== undefined && earlier !== joinTsNs)
        this.#docket.report('join-time-stays', process, `${peerId} joined at ${earlier}, now at ${joinTsNs}`)
    }
  }

  #checkOrder(process: Process, before: ClusterDocument, after: ClusterDocument): void {
    const [old, fresh] = [before.order ?? this.#lastOrder.get(process), after.order]
    if (fresh !== undefined) this.#lastOrder.set(process, fresh)
    if (old === undefined || fresh === undefined || this.#orderIsLost()) return
    const newer = fresh.epoch > old.epoch || (fresh.epoch === old.epoch && fresh.version >= old.version) // an Accept may repeat what is held
    if (!newer)
      this.#docket.report('documents-move-forward', process, `from r${old.epoch}.${old.version} to r${fresh.epoch}.${fresh.version}`)
  }

  /** The directory or a liar handed out reigns in no order. */
  #orderIsLost(): boolean {
    return this.#counterWentBack || this.#docket.world.liars.size > 0
  }

  /** One version says one thing, whoever holds it. */
  #checkText(process: Process, { order, peers }: ClusterDocument): void {
    if (order === undefined || this.#docket.world.liars.size > 0) return
    // Somebody gave two processes of one identity a row that either of them takes for its own.
    if (this.#docket.world.twinned.size > 0 && this.#anonymous.has(order.epoch)) return
    const key = `${order.epoch}.${order.version}`
    const text = peers.map(({ peerId, joinTsNs, observer }) => `${peerId} ${joinTsNs}${observer ? ' observer' : ''}`).join(', ')
    const known = this.#written.get(key)
    if (known === undefined) this.#written.set(key, text)
    else if (known !== text) this.#docket.report('one-version-one-text', process, `r${key} was [${known}], is [${text}]`)
  }
}
