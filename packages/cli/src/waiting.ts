/** What a command waits for: people are told when it takes long, and it is given up after `--timeout`. */
import { CliError } from './errors.ts'
import type { Host } from './host.ts'
import { Output } from './output.ts'
import { showProgress } from './progress.ts'
import { sayWaitingAfterMs } from './settings.ts'

/** What is waited for, as it goes on after "waiting for"; a function finds it out when somebody is to be told. */
type Awaited = string | (() => Promise<string>)

/** Resolves or rejects as `work` does; where somebody looks, a wait of more than a second is said. */
export async function sayWhile<T>(host: Host, awaited: Awaited, work: Promise<T>): Promise<T> {
  const startedAt = performance.now()
  let isOver = false
  using shown = new DisposableStack()
  const say = async (): Promise<void> => {
    const what = typeof awaited === 'string' ? awaited : await awaited()
    if (isOver) return
    const text = (): string => {
      const seconds = Math.round((performance.now() - startedAt) / 1_000)
      return `waiting for ${what}${seconds > 2 ? `, ${seconds} s so far` : ''}`
    }
    shown.use(showProgress(new Output(host, {}), { text }))
  }
  const timer = setTimeout(say, sayWaitingAfterMs)
  try {
    return await work
  } finally {
    isOver = true
    clearTimeout(timer)
  }
}

/** All that one command waits for before it does what it is for. */
export class Waiting {
  readonly #host: Host
  readonly #timeoutMs: number | undefined
  readonly #deadline: AbortSignal | undefined

  /** @param timeout - how long it may all take together, ms; missing: each wait has its own end. */
  constructor(host: Host, { timeout }: { readonly timeout?: number | undefined } = {}) {
    this.#host = host
    this.#timeoutMs = timeout
    this.#deadline = timeout === undefined ? undefined : AbortSignal.timeout(timeout)
  }

  /** What the user has given it, ms. */
  get timeoutMs(): number | undefined {
    return this.#timeoutMs
  }

  /** @throws CliError 'timed-out'; the reason of the host's stop signal; what `work` throws. */
  async for<T>(awaited: Awaited, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { stop } = this.#host
    const signal = this.#deadline === undefined ? stop : AbortSignal.any([stop, this.#deadline])
    try {
      return await sayWhile(this.#host, awaited, work(signal))
    } catch (error) {
      if (stop.aborted || !this.#deadline?.aborted) throw error
      throw timedOut(typeof awaited === 'string' ? awaited : await awaited(), this.#timeoutMs!)
    }
  }
}

function timedOut(what: string, timeoutMs: number): CliError {
  const message = `waited ${timeoutMs / 1_000} s for ${what}; see whether it is there, or give a longer --timeout`
  return new CliError('timed-out', message, { what, timeoutMs })
}
