/**
 * A program of the testkit in a process of its own, which gets work and sends results.
 *
 * No thread: V8's threads share their bookkeeping of code pages, and on machines with memory protection keys a race in that takes the whole process along
 * ("Check failed: jit_page.has_value()").
 */
import { Program } from './processes/program.ts'
import { initOf, onCall, tell } from './processes/side.ts'

export class WorkProcess<Work extends object, Result> implements AsyncDisposable {
  readonly #program: Program<Work, Result | 'ready'>

  /** Starts it with `task` as its argument, as JSON; `onReady` is called when it takes work. */
  constructor(program: URL, task: object, { onReady, onResult }: { onReady(): void; onResult(result: Result): void }) {
    this.#program = new Program(program, task, { onTold: (told) => (told === 'ready' ? onReady() : onResult(told as Result)) })
  }

  /** Rejects when the program ends before it is disposed of: with what it said last. */
  get failed(): Promise<never> {
    return this.#program.failed
  }

  send(work: Work): void {
    this.#program.send(work)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]()
  }
}

/** The other side: takes the task, and from `serve` on the work. */
export const taskOf = initOf

/** Answers each piece of work by sending as many results as it likes; ends with the process that started this one. */
export function serve<Work>(work: (work: Work, send: (result: unknown) => void) => void): void {
  onCall((asked: Work) => work(asked, tell))
  tell('ready')
}
