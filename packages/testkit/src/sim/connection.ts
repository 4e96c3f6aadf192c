/**
 * One connection between two processes, as each end believes it to be.
 *
 * An end closes when its process closes it, when the other end's farewell arrives, when a keep-alive gives up, or when something is sent to a process that is
 * gone while its machine is there to say so. Until then it lingers: open here, and nobody there.
 */
import type { PeerId } from './core.ts'
import type { Lane, Wire } from './wire.ts'

export type EndedBy = 'remote' | 'local'

/** A process as its connections see it. */
export interface Endpoint {
  readonly peer: PeerId
  readonly machine: number
  /** The process exists, halted or not. */
  readonly alive: boolean
  /** Its machine has power. */
  readonly machineUp: boolean
  deliver(run: () => void): void
  /** `by`: the other side closed it; or this one gave it up, or it broke. */
  connectionClosed(connection: Connection, by: EndedBy): void
}

interface Ends {
  readonly dialler: Endpoint
  readonly listener: Endpoint
}

export class Connection {
  /** True ms. */
  readonly openedAt: number
  readonly #wire: Wire
  readonly #dialler: Endpoint
  readonly #listener: Endpoint
  readonly #onEnd: (connection: Connection) => void
  #diallerOpen = true
  #listenerOpen = true
  #severed = false

  constructor(wire: Wire, { dialler, listener }: Ends, onEnd: (connection: Connection) => void) {
    this.openedAt = wire.now
    this.#wire = wire
    this.#dialler = dialler
    this.#listener = listener
    this.#onEnd = onEnd
  }

  get ends(): readonly [Endpoint, Endpoint] {
    return [this.#dialler, this.#listener]
  }

  farEnd(near: Endpoint): Endpoint {
    return near === this.#dialler ? this.#listener : this.#dialler
  }

  isOpen(end: Endpoint): boolean {
    return end === this.#dialler ? this.#diallerOpen : this.#listenerOpen
  }

  /** An end has lost its address: whatever the ends believe, nothing arrives. */
  get isSevered(): boolean {
    return this.#severed
  }

  /** Brings a message to the other end, if anybody is there when it arrives. */
  send(near: Endpoint, arrive: () => void, lane?: Lane): void {
    if (!this.isOpen(near)) return
    const far = this.farEnd(near)
    this.#wire.send(
      near.machine,
      far.machine,
      () => {
        if (this.#severed) return
        if (far.alive && this.isOpen(far)) far.deliver(() => this.isOpen(far) && arrive())
        else if (far.machineUp) this.#wire.send(far.machine, near.machine, () => this.end(near, 'remote'))
      },
      lane
    )
  }

  /** One end has lost its address: nothing arrives any more in either direction, and nobody says so. */
  sever(): void {
    this.#severed = true
  }

  /** One end closes it and says so. */
  close(near: Endpoint): void {
    if (!this.isOpen(near)) return
    const far = this.farEnd(near)
    this.abandon(near)
    if (!this.#severed) this.#wire.send(near.machine, far.machine, () => this.end(far, 'remote'))
  }

  /** One end is gone without a word. */
  abandon(near: Endpoint): void {
    this.#setClosed(near)
  }

  /** One end learns that the connection is no more. */
  end(end: Endpoint, by: EndedBy): void {
    if (!this.isOpen(end)) return
    this.#setClosed(end)
    if (end.alive) end.deliver(() => end.connectionClosed(this, by))
  }

  #setClosed(end: Endpoint): void {
    if (end === this.#dialler) this.#diallerOpen = false
    else this.#listenerOpen = false
    if (!this.#diallerOpen && !this.#listenerOpen) this.#onEnd(this)
  }
}
