/** The yardstick between processes: a `nats-server` (Debian's package of that name) on loopback. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reap } from '@auki/testkit/processes'
import { freePorts } from '../ports.ts'

const startMs = 10_000
/** What the kernel counts processor time in. */
const ticksPerSecond = 100

/** The version that is installed, if any. */
export function natsVersion(): string | undefined {
  const { status, stdout } = spawnSync('nats-server', ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

export class NatsServer implements AsyncDisposable {
  readonly port: number
  readonly #process: ChildProcess
  readonly #directory: string

  private constructor(port: number, directory: string) {
    this.port = port
    this.#directory = directory
    const jetStream = ['--jetstream', '--store_dir', directory]
    this.#process = spawn('nats-server', ['--addr', '127.0.0.1', '--port', String(port), ...jetStream], { stdio: 'ignore' })
    reap(this.#process)
  }

  /** Resolves when it takes connections. */
  static async start(): Promise<NatsServer> {
    const [port] = await freePorts(1)
    const server = new NatsServer(port!, await mkdtemp(join(tmpdir(), 'auki-bench-nats-')))
    const deadlineMs = performance.now() + startMs
    while (!(await answers(port!))) {
      if (performance.now() > deadlineMs) throw new Error(`nats-server did not listen within ${startMs} ms`)
    }
    return server
  }

  /** User and system time so far; 0 where the system does not tell. */
  async cpuSeconds(): Promise<number> {
    try {
      const fields = readFileSync(`/proc/${this.#process.pid}/stat`, 'utf8').split(' ')
      return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond
    } catch {
      return 0
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
    await rm(this.#directory, { recursive: true, force: true })
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', () => done(true))
    socket.once('error', () => setTimeout(done, 50, false))
  })
}
