/** One process with one peer in it, from its start to its end. */
import { Program } from '@auki/testkit/processes'
import type { Entry, Who } from './history.ts'
import { placeOf } from './history.ts'
import type { FromPeer, PeerInit, PeerView, Streams, ToPeer } from './messages.ts'
import type { Gate, Network, Place } from './network.ts'

export interface LifeNeeds {
  readonly network: Network
  readonly discoveryGatePort: number
  readonly cluster: string
  readonly identitySeed: string
  readonly note: (entry: Entry) => void
  /** What is known of it may have changed. */
  readonly changed: () => void
  /** It ended although nobody had ended it. */
  readonly died: (why: string) => void
}

export class PeerLife {
  readonly who: Who
  readonly #needs: LifeNeeds
  readonly #gate: Gate
  readonly #child: Program<ToPeer, FromPeer>
  readonly #listening = Promise.withResolvers<void>()
  /** Ended on purpose, or by a join that failed: its end is no surprise. */
  #dismissed = false
  #over = false
  #frozenAtNs: bigint | undefined
  /** What it last said of itself. */
  view: PeerView | undefined
  /** Why it could not join. */
  refusal: Extract<FromPeer, { type: 'join-failed' }> | undefined
  heartbeatAgeMs: number | undefined
  streams: Streams | undefined

  constructor(who: Who, gate: Gate, needs: LifeNeeds) {
    this.who = who
    this.#needs = needs
    this.#gate = gate
    const init: PeerInit = {
      cluster: needs.cluster,
      discoveryUrl: `http://127.0.0.1:${needs.discoveryGatePort}`,
      identitySeed: needs.identitySeed,
      sourceAddress: needs.network.address(placeOf(who)),
      gatePort: gate.port
    }
    const program = new URL('./peer-process.ts', import.meta.url)
    this.#child = new Program(program, init, { onTold: (told) => this.#hear(told), onEnd: (how) => this.#end(how) })
  }

  get place(): Place {
    return placeOf(this.who)
  }

  get isOver(): boolean {
    return this.#over
  }

  /** In the cluster, and nothing is being done to it. */
  get isUnharmed(): boolean {
    return this.view !== undefined && !this.#dismissed && !this.isFrozen
  }

  get isFrozen(): boolean {
    return this.#frozenAtNs !== undefined
  }

  /** Resolves when it can join. @throws Error when it ends before. */
  get ready(): Promise<void> {
    return this.#listening.promise
  }

  go(): void {
    this.#child.send('go')
  }

  leave(): void {
    this.#dismissed = true
    this.#child.send('leave')
  }

  /** Sets {@link streams} as soon as they are open. */
  readTicks(): void {
    this.#child.send('read')
  }

  /** Sets {@link streams}, and then {@link heartbeatAgeMs}, a little later. */
  askForHeartbeat(): void {
    this.heartbeatAgeMs = undefined
    this.#child.send('beat')
  }

  freeze(): void {
    if (this.#over || this.isFrozen) return
    this.#frozenAtNs = process.hrtime.bigint()
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    if (this.#frozenAtNs === undefined) return
    const [fromNs, toNs] = [this.#frozenAtNs, process.hrtime.bigint()]
    this.#frozenAtNs = undefined
    this.#needs.note({ kind: 'frozen', who: this.who, fromNs, toNs })
    this.#child.kill('SIGCONT')
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#dismissed = true
    this.#child.kill('SIGKILL')
    await this.#child.ended
  }

  #hear(message: FromPeer): void {
    this.#understand(message)
    this.#needs.changed()
  }

  #understand(message: FromPeer): void {
    const { who } = this
    switch (message.type) {
      case 'listening':
        this.#gate.target = message.port
        return this.#listening.resolve()
      case 'join-failed':
        this.#dismissed = true
        this.refusal = message
        return
      case 'view':
        this.view = message.view
        return this.#needs.note({ kind: 'view', who, view: message.view })
      case 'held':
        return this.#needs.note({ kind: 'held', who, peerId: this.view!.peerId, ...message.held })
      case 'heartbeat-age':
        this.heartbeatAgeMs = message.ms
        return
      case 'streams':
        this.streams = message
        return
      case 'over':
        if (message.code !== undefined) this.#needs.died(`its presence ended: ${message.code}`)
        this.#dismissed = true
    }
  }

  #end(how: number | string): void {
    this.#over = true
    this.#gate.close()
    const why = `ended with ${how}: ${this.#child.stderr}`
    this.#listening.reject(new Error(`${this.who} ${why}`))
    if (!this.#dismissed) this.#needs.died(why)
    this.#needs.changed()
  }
}
