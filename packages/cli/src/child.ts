/**
 * An `auki …` command in a process of its own, seen through the lines of JSON it prints.
 *
 * It ends with its parent. It stops when the channel to the parent closes, however the parent ended, and a parent that exits kills the children it left.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { abortable, type Json, parseJson } from '@auki/canonical'
import { stderrCharsMax } from './settings.ts'

/** A line of a child's stdout. */
export type ChildEvent = { readonly [key: string]: Json }

/** How a child ended: its exit code, or the signal that ended it. */
export type ChildEnd = number | NodeJS.Signals

const command = fileURLToPath(new URL('../bin/auki.js', import.meta.url))

/** Children that have not ended. */
const running = new Set<AukiChild>()

const killAll = (): void => {
  for (const child of running) child.kill('SIGKILL')
}

export interface ChildOptions {
  /** Default: as here. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Path of the command's program; default: this package's own. */
  readonly program?: string
  /** The command that it is run by, such as `['nsenter', '--net=/run/netns/a']`; one that becomes it, so that signals reach it. */
  readonly under?: readonly string[]
}

export class AukiChild implements Changing {
  readonly #process: ChildProcess
  readonly #listeners = new Set<() => void>()
  /** What it printed so far. */
  readonly events: ChildEvent[] = []
  /** Undefined while it runs. */
  end: ChildEnd | undefined
  /** Resolves when it has ended and all it printed was read. */
  readonly ended: Promise<ChildEnd>
  #stderr = ''

  constructor(args: readonly string[], { env = process.env, program = command, under = [] }: ChildOptions = {}) {
    const [path, ...argv] = [...under, process.execPath, program, ...args]
    this.#process = spawn(path!, argv, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    if (running.size === 0) process.once('exit', killAll)
    running.add(this)
    const lines = createInterface({ input: this.#process.stdout! }).on('line', (line) => this.#onLine(line))
    const stderr = this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrCharsMax)
    })
    // Not its 'close' event, which does not come when we closed the channel.
    const exit = new Promise<ChildEnd>((resolve) => {
      this.#process.on('exit', (code, signal) => resolve(code ?? signal ?? 1))
      this.#process.on('error', (error) => {
        this.#stderr += error.message // it could not be started
        resolve(1)
      })
    })
    this.ended = Promise.all([exit, once(lines, 'close'), once(stderr, 'close')]).then(([end]) => this.#onEnd(end))
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** What it said on stderr, or the end of it. */
  get stderr(): string {
    return this.#stderr.trim()
  }

  /** The last event of that name. */
  last(event: string): ChildEvent | undefined {
    return this.events.findLast((candidate) => candidate['event'] === event)
  }

  /** Calls back after each event and at the end; returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** SIGTERM: asks it to leave. SIGKILL: it gets no chance to. */
  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** Closes the channel, as the end of this process would. */
  disconnect(): void {
    this.#process.disconnect()
  }

  #onLine(line: string): void {
    const event = parseJson(line)
    if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new SyntaxError(`no JSON object: ${line}`)
    this.events.push(event)
    this.#changed()
  }

  #onEnd(end: ChildEnd): ChildEnd {
    this.end = end
    running.delete(this)
    if (running.size === 0) process.off('exit', killAll)
    this.#changed()
    return end
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

/** Something that says when it has changed. */
export interface Changing {
  /** Calls back after each change; returns how to stop that. */
  onChange(listener: () => void): () => void
}

/**
 * Resolves to what `look` returns as soon as that is something; it looks now and after each change.
 *
 * @throws Error with `what` when it takes longer than `withinMs`; the signal's reason.
 */
export async function until<T>(
  what: string,
  watched: readonly Changing[],
  look: () => T | undefined,
  { withinMs, signal }: { readonly withinMs: number; readonly signal?: AbortSignal | undefined }
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const check = (): void => {
    try {
      const found = look()
      if (found !== undefined) resolve(found)
    } catch (error) {
      reject(error)
    }
  }
  const stops = watched.map((one) => one.onChange(check))
  const timer = setTimeout(() => reject(new Error(`${what}: it did not happen within ${withinMs / 1_000} s`)), withinMs)
  check()
  try {
    return await abortable(promise, signal)
  } finally {
    clearTimeout(timer)
    for (const stop of stops) stop()
  }
}
