/** The yardstick: agents of serf, a gossip membership daemon, that do the same as our peers, one process each. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { reap } from '@auki/testkit/processes'
import { type Changing, until } from '../../packages/cli/src/child.ts'
import { freePorts } from './ports.ts'

const startMs = 20_000
const visibleMs = 60_000

/** The version that is installed, if any. */
export function serfVersion(): string | undefined {
  const { status, stdout } = spawnSync('serf', ['version'], { encoding: 'utf8' })
  return status === 0 ? stdout.split('\n')[0]?.trim() : undefined
}

/** Its default profile is `lan`; `local` gossips faster, and now and then leaves somebody out for 15 s. */
export type SerfProfile = 'lan' | 'local'

export class Agent implements Changing {
  readonly name: string
  readonly #bind: string
  readonly #rpcPort: number
  readonly #process: ChildProcess
  readonly #listeners = new Set<() => void>()
  /** When each agent was first seen by this one, by name; ns on the machine's monotonic clock. */
  readonly sawAtNs = new Map<string, bigint>()
  /** When this one took an agent for dead. */
  readonly failedAtNs = new Map<string, bigint>()

  constructor(name: string, profile: SerfProfile, bindPort: number, rpcPort: number) {
    this.name = name
    this.#bind = `127.0.0.1:${bindPort}`
    this.#rpcPort = rpcPort
    // Its log is where it says whom it sees.
    const where = [`-node=${name}`, `-bind=${this.#bind}`, `-rpc-addr=127.0.0.1:${rpcPort}`]
    this.#process = spawn('serf', ['agent', ...where, `-profile=${profile}`, '-log-level=info'], { stdio: ['ignore', 'pipe', 'ignore'] })
    reap(this.#process)
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      const [, what, member] = /EventMember(Join|Failed): (\S+) /.exec(line) ?? []
      if (member === undefined) return
      const times = what === 'Join' ? this.sawAtNs : this.failedAtNs
      times.set(member, process.hrtime.bigint())
      for (const listener of [...this.#listeners]) listener()
    })
  }

  get bind(): string {
    return this.#bind
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Asks the running agent to join another, over its RPC port. */
  async join(other: Agent): Promise<void> {
    const socket = connect(this.#rpcPort, '127.0.0.1')
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    socket.on('error', reject)
    socket.write(
      msgpack({ Command: 'handshake', Seq: 0 }, { Version: 1 }, { Command: 'join', Seq: 1 }, { Existing: [other.bind], Replay: false })
    )
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      if (heard.includes('Num')) resolve() // the answer to the second call: how many it contacted
    })
    await promise
    socket.destroy()
  }

  async end(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#process.on('exit', () => resolve())
    this.#process.kill('SIGKILL')
    await promise
  }
}

/** As `joinOneByOne` for our peers: from the join of the agent at each place until everybody sees it and it sees everybody. ms, by place */
export async function serfOneByOne(places: readonly number[]): Promise<Map<number, number>> {
  const agents = await startAgents(Math.max(...places))
  const takenMs = new Map<number, number>()
  for (const [at, agent] of agents.entries()) {
    if (at === 0) continue
    const calledAtNs = process.hrtime.bigint()
    await agent.join(agents[0]!)
    const place = at + 1
    if (places.includes(place)) takenMs.set(place, Number((await visible(agent, agents.slice(0, at))) - calledAtNs) / 1e6)
  }
  await Promise.all(agents.map((agent) => agent.end()))
  return takenMs
}

/** As `joinAtOnce`: from the moment at which all but the first are told to join it until everybody sees everybody. ms */
export async function serfAtOnce(count: number): Promise<number> {
  const agents = await startAgents(count)
  const calledAtNs = process.hrtime.bigint()
  await Promise.all(agents.slice(1).map((agent) => agent.join(agents[0]!)))
  const takenMs = Number((await allVisible(agents)) - calledAtNs) / 1e6
  await Promise.all(agents.map((agent) => agent.end()))
  return takenMs
}

/** Agents that know nobody yet. */
export async function startAgents(count: number, profile: SerfProfile = 'lan'): Promise<Agent[]> {
  return Promise.all(Array.from({ length: count }, (_, at) => newAgent(`n${at}`, profile)))
}

/** Resolves when it sees itself: then it takes requests. */
export async function newAgent(name: string, profile: SerfProfile): Promise<Agent> {
  const [bindPort, rpcPort] = await freePorts(2)
  const agent = new Agent(name, profile, bindPort!, rpcPort!)
  await until(`the serf agent ${name} starts`, [agent], () => agent.sawAtNs.has(name) || undefined, { withinMs: startMs })
  return agent
}

/** Not all pairs: how far earlier agents have got with each other is not asked here. */
function visible(newcomer: Agent, others: readonly Agent[]): Promise<bigint> {
  const look = (): bigint | undefined =>
    latest(others.flatMap((other) => [other.sawAtNs.get(newcomer.name), newcomer.sawAtNs.get(other.name)]))
  return until('every serf agent sees the one that joins', [newcomer, ...others], look, { withinMs: visibleMs })
}

function allVisible(agents: readonly Agent[]): Promise<bigint> {
  const look = (): bigint | undefined => latest(agents.flatMap(({ sawAtNs }) => agents.map(({ name }) => sawAtNs.get(name))))
  return until('every serf agent sees every other', agents, look, { withinMs: visibleMs })
}

/** Undefined while one is missing. */
function latest(times: readonly (bigint | undefined)[]): bigint | undefined {
  return times.every((time) => time !== undefined) ? times.reduce((a, b) => (a > b ? a : b)) : undefined
}

type Packable = boolean | number | string | readonly Packable[] | { readonly [key: string]: Packable }

/** As much of MessagePack as the calls above need: short texts, small numbers, short lists and maps. */
function msgpack(...values: readonly Packable[]): Buffer {
  return Buffer.concat(values.map(pack))
}

function pack(value: Packable): Buffer {
  if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2])
  if (typeof value === 'number') return Buffer.from([value])
  if (typeof value === 'string') return Buffer.concat([Buffer.from([0xa0 | value.length]), Buffer.from(value)])
  if (Array.isArray(value)) return Buffer.concat([Buffer.from([0x90 | value.length]), ...value.map(pack)])
  const entries = Object.entries(value)
  return Buffer.concat([Buffer.from([0x80 | entries.length]), ...entries.flat().map(pack)])
}
