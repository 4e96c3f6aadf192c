/** A process that can be killed and stopped; it never outlives the one that started it. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { reap } from '../../bench/support/reap.ts'

const stderrCharsMax = 4_000

export interface Watched<M> {
  message(message: M): void
  /** It has ended, with all it said before; `how` is its exit code or the signal that ended it. */
  ended(how: number | string): void
}

export class Child<M, T = never> {
  readonly #process: ChildProcess
  readonly ended: Promise<void>
  #stderr = ''

  /** Runs a program with `init` as its argument. */
  constructor(program: URL, init: object, watched: Watched<M>) {
    this.#process = fork(fileURLToPath(program), [JSON.stringify(init)], {
      execArgv: ['--conditions=@auki/source'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc']
    })
    reap(this.#process)
    this.#process.on('message', (message) => watched.message(message as M))
    this.#process.on('error', (error) => this.#hear(error.message)) // what is sent to one that just ended
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => this.#hear(text))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#process.once('close', (code, signal) => {
      watched.ended(code ?? signal ?? 1)
      resolve()
    })
  }

  /** The end of what it said on stderr. */
  get stderr(): string {
    return this.#stderr.trim()
  }

  send(message: T): void {
    if (this.#process.connected) this.#process.send(message as object)
  }

  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL')
    await this.ended
  }

  #hear(text: string): void {
    this.#stderr = (this.#stderr + text).slice(-stderrCharsMax)
  }
}
