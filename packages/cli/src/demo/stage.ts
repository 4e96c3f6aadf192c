/** Starts the demo's processes, waits for what they should do, prints it, and ends them whatever happens. */
import { reasonOf } from '@auki/canonical'
import { AukiChild, until } from '../child.ts'
import { CliError } from '../errors.ts'
import type { JsonRecord, Output } from '../output.ts'
import { demoClearMs } from '../settings.ts'
import type { Actor } from './cast.ts'

export class Stage implements AsyncDisposable {
  readonly #out: Output
  readonly #stop: AbortSignal
  readonly #startedAt = performance.now()
  readonly #actors: Actor[] = []

  constructor(out: Output, stop: AbortSignal) {
    this.#out = out
    this.#stop = stop
  }

  /** Since the demo began. ms */
  get elapsedMs(): number {
    return Math.round(performance.now() - this.#startedAt)
  }

  /** Starts `auki …` as a process of its own. */
  start(name: string, args: readonly string[]): Actor {
    const actor = { name, child: new AukiChild(args), dismissed: false }
    this.#actors.push(actor)
    return actor
  }

  /** Ends an actor's process; that is no failure of it. */
  dismiss(actor: Actor, signal: 'SIGTERM' | 'SIGKILL'): void {
    actor.dismissed = true
    actor.child.kill(signal)
  }

  /** Resolves to what `look` finds, looking again whenever somebody printed something. @throws CliError 'step-failed'; the reason of the stop signal. */
  async until<T>(step: string, withinMs: number, look: () => T | undefined): Promise<T> {
    const children = this.#actors.map(({ child }) => child)
    const lookAround = (): T | undefined => {
      const gone = this.#actors.find(({ child, dismissed }) => child.end !== undefined && !dismissed)
      if (gone === undefined) return look()
      throw new Error(`the process of ${gone.name} ended with ${gone.child.end}: ${gone.child.stderr || 'it did not say why'}`)
    }
    try {
      return await until(step, children, lookAround, { withinMs, signal: this.#stop })
    } catch (error) {
      this.#stop.throwIfAborted()
      throw this.failure(step, reasonOf(error), error)
    }
  }

  failure(step: string, reason: string, cause?: unknown): CliError {
    return new CliError('step-failed', `the demo stopped where "${step}": ${reason}; see which step came last`, { step, reason }, { cause })
  }

  /** People get the time, a line, and what else there is to it beneath. */
  tell(event: string, facts: JsonRecord, text: string, ...more: readonly string[]): void {
    const { elapsedMs } = this
    const lines = [`${(elapsedMs / 1_000).toFixed(1).padStart(5)} s  ${text}`, ...more.map((line) => `${' '.repeat(11)}${line}`)]
    this.#out.tell({ event, elapsedMs, ...facts }, lines)
  }

  /** Asks the processes that still run to leave, and kills those that do not. */
  async [Symbol.asyncDispose](): Promise<void> {
    const left = this.#actors.filter(({ child }) => child.end === undefined)
    for (const actor of left) this.dismiss(actor, 'SIGTERM')
    const timer = setTimeout(() => {
      for (const { child } of left) child.kill('SIGKILL')
    }, demoClearMs)
    await Promise.all(left.map(({ child }) => child.ended))
    clearTimeout(timer)
  }
}
