/** A peer of a soak, as the script that runs it sees it. */
import { Program } from '@auki/testkit/processes'
import type { FromSoak, SoakInit, ToSoak } from './messages.ts'

export type Report = Extract<FromSoak, { type: 'report' }>

const patienceMs = 60_000
const lookMs = 100

export class SoakPeer implements AsyncDisposable {
  readonly #role: string
  readonly #child: Program<ToSoak, FromSoak>
  readonly #managers: Extract<FromSoak, { type: 'manager' }>[] = []
  #peerId: string | undefined
  #report: Report | undefined
  #over: string | undefined

  private constructor(init: SoakInit) {
    this.#role = init.role
    this.#child = new Program(new URL('./peer-process.ts', import.meta.url), init, {
      onTold: (told) => this.#hear(told),
      onEnd: (how) => {
        this.#over = `it ended with ${how}: ${this.#child.stderr}`
      }
    })
  }

  /** Resolves when it has joined. */
  static async start(init: SoakInit): Promise<SoakPeer> {
    const peer = new SoakPeer(init)
    await peer.until('it joins', () => peer.#peerId !== undefined)
    return peer
  }

  get peerId(): string {
    return this.#peerId!
  }

  read(): void {
    this.#child.send('read')
  }

  /** One more log. */
  add(): void {
    this.#child.send('add')
  }

  /** What came since the last report, and its memory now. */
  async report(): Promise<Report> {
    this.#report = undefined
    this.#child.send('collect')
    await this.until('it reports', () => this.#report !== undefined)
    return this.#report!
  }

  /** Resolves when it follows another Manager than this one: how long after the given time, ms. */
  async followsAnother(peerId: string, afterNs: bigint): Promise<number> {
    const found = () => this.#managers.find((heard) => heard.atNs > afterNs && heard.peerId !== undefined && heard.peerId !== peerId)
    await this.until('another Manager is known', () => found() !== undefined)
    return Number(found()!.atNs - afterNs) / 1e6
  }

  async until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + patienceMs
    while (!(await look())) {
      if (this.#over !== undefined) throw new Error(`the ${this.#role}: ${this.#over}`)
      if (performance.now() > deadlineMs) throw new Error(`the ${this.#role}: ${what}: it did not happen within ${patienceMs} ms`)
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#child.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }

  #hear(message: FromSoak): void {
    if (message.type === 'joined') this.#peerId = message.peerId
    else if (message.type === 'manager') this.#managers.push(message)
    else this.#report = message
  }
}
