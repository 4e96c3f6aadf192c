/**
 * A program in a process of its own, as seen by the one who started it; the program's side is in `side.ts`.
 *
 * What goes over the one channel between them are JavaScript values, with bigints, maps and bytes. The program takes calls and may tell things unasked.
 * It never outlives the process that started it.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { reap } from './reap.ts'
import type { FromProgram } from './side.ts'

const stderrCharsMax = 4_000

export interface ProgramOptions<Told> {
  /** Hears what the program tells unasked, in order. */
  readonly onTold?: (told: Told) => void
  /** Called once, after everything it told: with its exit code, or the signal that ended it. */
  readonly onEnd?: (how: number | string) => void
  /** More options for Node. */
  readonly execArgv?: readonly string[]
  /** The command that it is run by, such as `['taskset', '-c', '1']`; one that becomes it, so that signals reach it. */
  readonly under?: readonly string[]
}

export class Program<Call, Told = never> implements AsyncDisposable {
  readonly #path: string
  readonly #process: ChildProcess
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #failed = Promise.withResolvers<never>()
  #no = 0
  #stderr = ''
  /** Resolves when it has ended. */
  readonly ended: Promise<void>

  /** Starts it with `init` as its argument, as JSON. */
  constructor(program: URL, init: unknown, { onTold = () => {}, onEnd = () => {}, execArgv = [], under = [] }: ProgramOptions<Told> = {}) {
    this.#path = fileURLToPath(program)
    const [execPath, ...argv] = [...under, process.execPath, '--conditions=@auki/source', ...execArgv]
    this.#process = fork(this.#path, [JSON.stringify(init)], {
      execPath: execPath!,
      execArgv: argv,
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc']
    })
    reap(this.#process)
    this.#failed.promise.catch(() => {}) // nobody may be waiting
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => this.#hear(text))
    this.#process.on('error', (error) => this.#hear(error.message)) // what is sent to one that just ended
    this.#process.on('message', (message: FromProgram<Told>) => ('told' in message ? onTold(message.told) : this.#answered(message)))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#process.once('close', (code, signal) => {
      const how = code ?? signal ?? 1
      this.#failed.reject(new Error(`${this.#path} ended with ${how}: ${this.stderr}`))
      onEnd(how)
      resolve()
    })
  }

  /** The end of what it said on stderr. */
  get stderr(): string {
    return this.#stderr.trim()
  }

  /** Never resolves; rejects when it ends, with how and with what it said last. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /** @returns what the program answers. @throws Error with what went wrong there, or when it ends before. */
  call<Answer = unknown>(call: Call): Promise<Answer> {
    const no = ++this.#no
    const waiting = Promise.withResolvers<unknown>()
    this.#calls.set(no, waiting)
    this.#send({ no, call })
    return Promise.race([waiting.promise, this.failed]) as Promise<Answer>
  }

  /** A call whose answer nobody waits for. */
  send(call: Call): void {
    this.#send({ call })
  }

  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' = 'SIGKILL'): void {
    this.#process.kill(signal)
  }

  /** Ends it, and whoever is in it, without a goodbye. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill()
    await this.ended
  }

  #send(message: object): void {
    if (this.#process.connected) this.#process.send(message)
  }

  #answered({ no, ...outcome }: Exclude<FromProgram<Told>, { readonly told: Told }>): void {
    const waiting = this.#calls.get(no)
    this.#calls.delete(no)
    if ('error' in outcome) waiting?.reject(new Error(outcome.error))
    else waiting?.resolve(outcome.answer)
  }

  #hear(text: string): void {
    this.#stderr = (this.#stderr + text).slice(-stderrCharsMax)
  }
}
