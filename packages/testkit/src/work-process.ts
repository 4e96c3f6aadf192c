/**
 * A program of the testkit in a process of its own, which gets work and sends results.
 *
 * No thread: V8's threads share their bookkeeping of code pages, and on machines with memory protection keys a race in that takes the whole process along
 * ("Check failed: jit_page.has_value()").
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const stderrCharsMax = 4_000

export class WorkProcess<Work extends object, Result> implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #ended = Promise.withResolvers<void>()
  /** Rejects when the program ends before it is disposed of: with what it said last. */
  readonly failed: Promise<never>

  /** Starts it with `task` as its argument, as JSON; `onReady` is called when it takes work. */
  constructor(program: URL, task: object, { onReady, onResult }: { onReady(): void; onResult(result: Result): void }) {
    this.#process = fork(fileURLToPath(program), [JSON.stringify(task)], {
      execArgv: ['--conditions=@auki/source'],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc']
    })
    let stderr = ''
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrCharsMax)
    })
    this.#process.on('message', (message: Result | 'ready') => (message === 'ready' ? onReady() : onResult(message)))
    const failed = Promise.withResolvers<never>()
    this.failed = failed.promise
    this.failed.catch(() => {}) // nobody may be waiting any more
    this.#process.once('close', (code, signal) => {
      failed.reject(new Error(`${program.pathname} ended with ${code ?? signal}: ${stderr.trim()}`))
      this.#ended.resolve()
    })
  }

  send(work: Work): void {
    this.#process.send(work)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended.promise
  }
}

/** The other side: takes the task, and from `serve` on the work. */
export function taskOf<T>(): T {
  return JSON.parse(process.argv[2]!) as T
}

/** Answers each piece of work by sending as many results as it likes; ends with the process that started this one. */
export function serve<Work>(work: (work: Work, send: (result: unknown) => void) => void): void {
  const send = (message: unknown): void => void process.send?.(message, undefined, undefined, () => {}) // whoever asked may be gone
  process.on('disconnect', () => process.exit())
  process.on('message', (message: Work) => work(message, send))
  send('ready')
}
