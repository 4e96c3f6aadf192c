/** A yardstick: `etcdctl lock`, whose holder is killed. Who waits gets the lock when the holder's lease has run out. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { reap } from '@auki/testkit/processes'
import { freePorts } from './ports.ts'

const startMs = 20_000
const lookMs = 100
const lock = 'bench'

/** The version that is installed, of both the server and the client, if any. */
export function etcdVersion(): string | undefined {
  const { status, stdout } = spawnSync('etcd', ['--version'], { encoding: 'utf8' })
  return status === 0 && spawnSync('etcdctl', ['version']).status === 0 ? stdout.split('\n')[0]?.trim() : undefined
}

/** One etcd, with its data in a directory that goes with it. */
export class Etcd implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #directory: string
  readonly url: string

  private constructor(directory: string, [clientPort, peerPort]: readonly number[]) {
    this.#directory = directory
    this.url = `http://127.0.0.1:${clientPort}`
    const peerUrl = `http://127.0.0.1:${peerPort}`
    const clients = ['--listen-client-urls', this.url, '--advertise-client-urls', this.url]
    const peers = ['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `default=${peerUrl}`]
    this.#process = spawn('etcd', ['--data-dir', directory, ...clients, ...peers], { stdio: 'ignore' })
    reap(this.#process)
  }

  /** Resolves when it is healthy. */
  static async start(): Promise<Etcd> {
    const etcd = new Etcd(await mkdtemp(join(tmpdir(), 'auki-bench-etcd-')), await freePorts(2))
    const deadlineMs = performance.now() + startMs
    while (!(await etcd.#isHealthy())) {
      if (performance.now() > deadlineMs) throw new Error(`etcd was not healthy within ${startMs} ms`)
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
    return etcd
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await killed(this.#process)
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #isHealthy(): Promise<boolean> {
    const answer = await fetch(`${this.url}/health`).catch(() => undefined)
    return answer?.ok === true && (await answer.text()).includes('true')
  }
}

/** From the SIGKILL of the holder until another one has the lock; ms, for each kill. */
export async function lockFailover(url: string, ttlSeconds: number, kills: number, waiting: number): Promise<number[]> {
  const takenMs: number[] = []
  let contenders = Array.from({ length: waiting + 1 }, () => new Contender(url, ttlSeconds))
  let holder = await Promise.race(contenders.map((contender) => contender.holds))
  while (takenMs.length < kills) {
    const killedAtMs = performance.now()
    const gone = holder
    contenders = contenders.filter((contender) => contender !== gone)
    await gone.kill()
    holder = await Promise.race(contenders.map((contender) => contender.holds))
    takenMs.push(performance.now() - killedAtMs)
    contenders.push(new Contender(url, ttlSeconds))
  }
  await Promise.all(contenders.map((contender) => contender.kill()))
  return takenMs
}

class Contender {
  readonly #process: ChildProcess
  /** Resolves when it has the lock: it says its key then. */
  readonly holds: Promise<Contender>

  constructor(url: string, ttlSeconds: number) {
    const env = { ...process.env, ETCDCTL_API: '3' }
    const args = ['--endpoints', url, 'lock', '--ttl', String(ttlSeconds), lock]
    this.#process = spawn('etcdctl', args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
    reap(this.#process)
    this.holds = once(createInterface({ input: this.#process.stdout! }), 'line').then(() => this)
  }

  kill(): Promise<void> {
    return killed(this.#process)
  }
}

async function killed(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  child.once('exit', () => resolve())
  child.kill('SIGKILL')
  await promise
}
