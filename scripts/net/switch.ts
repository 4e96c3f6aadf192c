/** The switch of `switch.c`, compiled when it is new, run, and spoken to. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { reap } from '@auki/testkit/processes'

/** One direction of a link, or both; see `switch.c`. */
export interface Link {
  /** ms */
  readonly delay?: number
  /** ms, more or less than the delay */
  readonly jitter?: number
  /** 1: jitter keeps the order of packets */
  readonly fifo?: 0 | 1
  /** % */
  readonly loss?: number
  /** How many packets are lost in a row, on average. */
  readonly burst?: number
  /** kbit/s */
  readonly rate?: number
  /** ms; what would wait longer is dropped */
  readonly queue?: number
}

/** What a link did since it was asked last. */
export interface WayStats {
  readonly packets: number
  readonly bytes: number
  readonly lost: number
  readonly dropped: number
}

export class Switch implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #answers: PromiseWithResolvers<string>[] = []
  readonly #ended: Promise<void>
  #stderr = ''

  private constructor(ports: readonly string[]) {
    this.#process = spawn(compiled(), ports, { stdio: ['pipe', 'pipe', 'pipe'] })
    reap(this.#process)
    this.#answers.push(Promise.withResolvers()) // for "ready"
    createInterface({ input: this.#process.stdout! }).on('line', (line) => this.#answers.shift()?.resolve(line))
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    this.#ended = new Promise((resolve) => this.#process.once('close', () => resolve()))
    void this.#ended.then(() => {
      for (const { reject } of this.#answers) reject(new Error(`the switch has ended: ${this.#stderr}`))
    })
  }

  /** @param ports - each `NAMESPACE:INTERFACE`; the namespaces exist, the interfaces are made. */
  static async start(ports: readonly string[]): Promise<Switch> {
    const one = new Switch(ports)
    await one.#answers[0]!.promise
    return one
  }

  /** What it answers to a command of `switch.c`. @throws Error when that is a complaint. */
  async tell(command: string): Promise<string> {
    const waiting = Promise.withResolvers<string>()
    this.#answers.push(waiting)
    this.#process.stdin!.write(`${command}\n`)
    const answer = await waiting.promise
    if (answer !== 'ok' && !answer.startsWith('{')) throw new Error(`the switch says to "${command}": ${answer}`)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin!.end()
    await this.#ended
  }
}

/** Path of the program, compiled unless it was from the same source. */
function compiled(): string {
  const source = join(import.meta.dirname, 'switch.c')
  const directory = join(import.meta.dirname, '../../node_modules/.cache/net')
  const program = join(directory, `switch-${createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)}`)
  if (existsSync(program)) return program
  mkdirSync(directory, { recursive: true })
  const unfinished = `${program}.${process.pid}`
  execFileSync('gcc', ['-O2', '-Wall', '-o', unfinished, source], { stdio: ['ignore', 'ignore', 'inherit'] })
  renameSync(unfinished, program)
  return program
}
