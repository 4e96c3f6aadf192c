/** Whether somebody sees a member (`/auki/seen/0.0.1`), as one node asks and answers. Peers that follow the reference's rules don't speak it. */
import type { PeerId } from './core.ts'
import type { SimNode } from './node.ts'

type Reply = (yes: boolean) => void

const patienceMs = 1_000

export class Sightings {
  readonly #node: SimNode

  constructor(node: SimNode) {
    this.#node = node
  }

  askWitnesses(no: number, to: readonly PeerId[], suspect: PeerId): void {
    for (const peer of to) {
      const answered = (seen: boolean): void => this.#node.owner.post({ type: 'witness-answered', no, peer, seen })
      this.#ask(peer, answered, (far, reply) => far.#sees(this.#node.peer, suspect, reply))
    }
  }

  #sees(asker: PeerId, suspect: PeerId, reply: Reply): void {
    if (!this.#serves(asker)) return reply(false)
    // Here anybody may ask a suspect: what a process answers that is only on its way in has to be right by itself.
    this.#ask(suspect, reply, (far, answer) => answer(far.#node.owner.isHere()))
  }

  #serves(asker: PeerId): boolean {
    return this.#node.isMember(asker) && this.#node.owner.speaksSeen
  }

  /** `answered` is called once: no connection, or no answer within a second, is a no. */
  #ask(peer: PeerId, answered: Reply, arrive: (far: Sightings, reply: Reply) => void): void {
    const { loop } = this.#node.owner
    const connection = this.#node.connectionTo(peer)
    if (connection === undefined) return loop.turn(() => answered(false))
    let open = true
    const settle = (yes: boolean): void => {
      if (open) answered(yes)
      open = false
    }
    loop.after(patienceMs, () => settle(false))
    const far = connection.farEnd(this.#node) as SimNode
    connection.send(this.#node, () => arrive(far.sightings, (yes) => connection.send(far, () => settle(yes))))
  }
}
