/**
 * A peer that follows the reference's rules, without a lease: no revisions, no watch, no epochs.
 *
 * It lists the row and then rotates it unconditionally, keeps the role while Discovery is away, evicts whoever is silent without asking, elects after its
 * loss timeout even when the row stands, and leaves as Manager without a word. Nothing checks it: ours have to live with it.
 */
import { type ClusterDocument, decideManagerLossAction } from '@auki/domain/core'
import type { Effect, Event, Now, PeerId, Row } from './core.ts'
import { readDocument, successorOf, withMember, withoutMembers } from './reference-documents.ts'
import { type Only, ReferenceShell } from './reference-shell.ts'

type Kind = 'starting' | 'following' | 'managing' | 'ended'

const tickMs = 1_000
const scanMs = 750
const recheckMs = 2_000
const connectMs = { first: 10_000, again: 5_000 }
const leaveMs = 2_000

export class ReferencePeer extends ReferenceShell {
  kind: Kind = 'starting'
  slot: PeerId | undefined
  readonly #seen = new Map<PeerId, number>()
  /** The Manager it lost, until it is settled again. */
  #lost: PeerId | undefined

  /** Every other one is of an older kind that elects and rotates even while the row names the Manager it lost. */
  get #hasty(): boolean {
    return this.init.seed % 2 === 1
  }

  /** For people. */
  get role() {
    return { kind: this.kind }
  }

  step(event: Event, now: Now): readonly Effect[] {
    this.now = now
    this.effects = []
    if (this.kind !== 'ended') this.#on(event)
    return this.effects
  }

  #on(event: Event): void {
    switch (event.type) {
      case 'started':
        return this.#bootstrap()
      case 'woken':
        return this.runDue()
      case 'connected':
        return this.connectedTo(event.peer)
      case 'disconnected':
        this.connected.delete(event.peer)
        return
      case 'heartbeat-received':
        this.#seen.set(event.peer, this.now.monoMs)
        return
      case 'join-requested':
        return this.#admit(event)
      case 'leave-requested':
        return this.emit({ type: 'answer-leave', ticket: event.ticket, acknowledged: this.kind === 'managing' })
      case 'leave-acknowledged':
        return this.#drop([event.peer])
      case 'document-received':
        if (this.kind === 'following') this.#adopt(event.author, event.document)
        return
      case 'leave-called':
        return this.#leave()
      default:
        return this.answered(event)
    }
  }

  /** One attempt; the app tries again. */
  #bootstrap(): void {
    this.read((row, reason) => {
      if (row !== undefined) this.#join(row, connectMs.first, (failure) => this.#begun(failure))
      else if (reason !== undefined || this.init.target.kind === 'join') this.#begun(reason ?? 'no row')
      else
        this.create(({ kind }) => {
          if (kind === 'created') this.#promote()
          this.#begun(kind === 'created' ? undefined : kind)
        })
    })
  }

  #begun(failure: string | undefined): void {
    if (failure === undefined) return this.emit({ type: 'joined' })
    this.kind = 'ended'
    this.emit({ type: 'bootstrap-failed', failure: { code: 'send-join', reason: failure, timedOut: false } })
  }

  #join(row: Row, withinMs: number, done: (failure: string | undefined) => void): void {
    this.knock(row, withinMs, (outcome) => {
      const adopted = outcome.kind === 'accept' && this.#adopt(row.manager, outcome.document)
      done(adopted ? undefined : outcome.kind)
    })
  }

  #adopt(author: PeerId, pushed: ClusterDocument): boolean {
    const document = readDocument(pushed, this.document.clusterName, author)
    if (document === undefined) return false
    this.document = document
    this.#follow(author)
    this.allow()
    return true
  }

  /** Settled behind this peer, until it is silent. */
  #follow(peer: PeerId): void {
    this.kind = 'following'
    if (this.slot !== peer) this.#seen.clear()
    this.slot = peer
    this.#lost = undefined
    this.stopKnocking()
    this.forgetQuestions()
    for (const timer of ['tick', 'recheck'] as const) this.cancel(timer)
    this.emit({ type: 'set-targets', peers: [] })
    this.#seen.set(peer, this.now.monoMs)
    this.#scanLater()
  }

  #scan(): void {
    const watched = this.kind === 'managing' ? this.others() : this.#lost === undefined && this.slot !== undefined ? [this.slot] : []
    const silent = watched.filter((peer) => {
      if (!this.#seen.has(peer)) this.#seen.set(peer, this.now.monoMs)
      return this.now.monoMs - this.#seen.get(peer)! > this.init.settings.peerLossTimeoutMs
    })
    if (this.kind === 'managing') this.#drop(silent)
    else if (silent[0] !== undefined) this.#decide(silent[0])
    this.#scanLater()
  }

  #scanLater(): void {
    this.after('scan', scanMs, () => this.#scan())
  }

  #decide(lost: PeerId): void {
    this.#lost = lost
    this.read((row, reason) => {
      if (reason !== undefined) return this.#recheck(lost)
      const named = row === undefined ? undefined : { managerPeerId: row.manager }
      const action = decideManagerLossAction(named, lost, this.me)
      const elects = action === 'electLocally' || action === 'claim' || (action === 'defer' && this.#hasty)
      if (elects) this.#elect(lost)
      else this.#rejoin(row!)
    })
  }

  #rejoin(row: Row): void {
    this.slot = row.manager
    this.#join(row, connectMs.again, (failure) => failure !== undefined && this.#recheck(row.manager))
  }

  #recheck(lost: PeerId): void {
    this.#lost = lost
    this.after('recheck', recheckMs, () => this.#decide(lost))
  }

  #elect(lost: PeerId): void {
    const peers = this.document.peers.filter(({ peerId }) => peerId !== lost)
    const connected = [...this.connected].filter((peer) => peer !== lost)
    const winner = successorOf(peers, [this.me, ...connected])
    if (winner === undefined) this.#recheck(lost)
    else if (winner === this.me) this.#takeRow(lost)
    else this.#follow(winner)
  }

  /** Lists, then rotates whatever is there by then. */
  #takeRow(lost: PeerId): void {
    const committed = ({ kind }: { kind: string }): void => (kind === 'ok' || kind === 'created' ? this.#promote() : this.#recheck(lost))
    this.read((row, trouble) => {
      if (trouble !== undefined) this.#recheck(lost)
      else if (row === undefined) this.create((outcome) => (outcome.kind === 'exists' ? this.#rejoin(outcome.row) : committed(outcome)))
      else if (row.manager !== lost && row.manager !== this.me) this.#rejoin(row)
      else this.rotate(committed)
    })
  }

  // Managing

  #promote(): void {
    const { self } = this.init
    const kept = this.#lost === undefined || this.#lost === this.me ? this.document : withoutMembers(this.document, [this.#lost])
    this.document = withMember(kept, self, this.now.wallNs)
    this.kind = 'managing'
    this.slot = this.me
    this.#lost = undefined
    this.#seen.clear()
    this.forgetQuestions()
    this.allow()
    this.#tell()
    this.after('tick', tickMs, () => this.#tick())
    this.#scanLater()
  }

  /** Trouble changes nothing: it is Manager until it reads of another. */
  #tick(): void {
    this.after('tick', tickMs, () => this.#tick())
    this.refresh(tickMs, (outcome) => {
      if (outcome.kind === 'ok') this.#stepDown(outcome.row)
      else if (outcome.kind === 'absent') this.create((created) => created.kind === 'exists' && this.#stepDown(created.row))
    })
  }

  #stepDown(row: Row): void {
    if (row.manager === this.me) return
    this.#follow(row.manager)
    this.#lost = row.manager // the scan does not count before it was let in
    this.#rejoin(row)
  }

  #admit({ peer, multiaddrs, ticket }: Only<'join-requested'>): void {
    if (this.kind !== 'managing')
      return this.emit({ type: 'answer-join', ticket, answer: { kind: 'refuse', refusal: { why: 'not-manager' } } })
    this.document = withMember(this.document, { peerId: peer, multiaddrs }, this.now.wallNs)
    this.#seen.set(peer, this.now.monoMs)
    this.allow()
    this.emit({ type: 'answer-join', ticket, answer: { kind: 'accept', document: this.document } })
    this.#tell()
  }

  #drop(gone: readonly PeerId[]): void {
    if (this.kind !== 'managing' || gone.length === 0) return
    this.document = withoutMembers(this.document, gone)
    for (const peer of gone) this.#seen.delete(peer)
    this.allow()
    this.#tell()
  }

  /** On change only, to whoever is connected, in no order of its own. */
  #tell(): void {
    const others = this.others()
    this.emit({ type: 'set-targets', peers: others })
    const to = others.filter((peer) => this.connected.has(peer))
    this.emit({ type: 'push', to, document: this.document })
  }

  #leave(): void {
    const end = (): void => {
      this.kind = 'ended'
      this.emit({ type: 'ended', why: 'left' })
    }
    if (this.kind !== 'following' || this.slot === undefined) return end()
    this.after('leave', leaveMs, end)
    this.emit({ type: 'request-leave', no: this.expect(end), peer: this.slot })
  }
}
