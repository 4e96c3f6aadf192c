/** A cluster of processes whose Manager can be killed, to see how long the others take. */
import { AukiChild, until } from '../../packages/cli/src/child.ts'
import { type Actor, agreedManager, listen, seeEachOther, viewOf } from '../../packages/cli/src/demo/cast.ts'

const joinMs = 30_000
/** Far beyond what is allowed: later ones are measured, too. */
const takeoverMs = 60_000

/** The processes of a cluster; each runs `auki join`. */
export class Cluster implements AsyncDisposable {
  readonly #args: readonly string[]
  readonly #members: Actor[] = []
  #count = 0

  constructor(name: string, discoveryUrl: string) {
    this.#args = ['join', name, '--discovery', discoveryUrl, ...listen.flatMap((address) => ['--listen', address]), '--json']
  }

  get size(): number {
    return this.#members.length
  }

  /** Peer id of the one that all take for the Manager. @throws Error when there is none. */
  get manager(): string {
    return viewOf(this.#manager)!.peerId
  }

  /** Peer ids of the others, in order of joining. */
  get others(): string[] {
    const manager = this.#manager
    return this.#members.filter((member) => member !== manager).map((member) => viewOf(member)!.peerId)
  }

  get #manager(): Actor {
    const manager = agreedManager(this.#members)
    if (manager === undefined) throw new Error('the members do not agree on a Manager')
    return manager
  }

  /** Starts a peer; resolves when everybody sees everybody. */
  async grow(): Promise<void> {
    this.#count += 1
    const name = `peer-${this.#count}`
    this.#members.push({ name, child: new AukiChild([...this.#args, '--name', name]), dismissed: false })
    await this.#until(`${name} is in`, joinMs, () => seeEachOther(this.#members) || undefined)
  }

  /** SIGKILL for the Manager; resolves to the ms until another one is committed and known to all others. */
  async loseManager(): Promise<number> {
    const manager = this.#manager
    this.#members.splice(this.#members.indexOf(manager), 1)
    const killedAtMs = performance.now()
    manager.child.kill('SIGKILL')
    await this.#until('another Manager', takeoverMs, () => agreedManager(this.#members))
    const ms = performance.now() - killedAtMs
    await this.#until('the lost one is out', joinMs, () => seeEachOther(this.#members) || undefined)
    return ms
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#members) child.kill('SIGKILL')
    await Promise.all(this.#members.map(({ child }) => child.ended))
  }

  #until<T>(what: string, withinMs: number, look: () => T | undefined): Promise<T> {
    const children = this.#members.map(({ child }) => child)
    const lookAround = (): T | undefined => {
      const gone = this.#members.find(({ child }) => child.end !== undefined)
      if (gone === undefined) return look()
      throw new Error(`${gone.name} ended with ${gone.child.end}: ${gone.child.stderr}`)
    }
    return until(what, children, lookAround, { withinMs })
  }
}
