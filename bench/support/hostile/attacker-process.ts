/** One attacker: sends as fast as it may and can, whatever the other side says to that. */
import diagnostics from 'node:diagnostics_channel'
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { ForeignNode } from '../../../tests/foreign/peer/foreign-node.ts'
import { joinRequest, readJoinResponse } from '../../../tests/foreign/peer/messages.ts'
import { protocols } from '../../../tests/foreign/peer/substream.ts'
import { frame } from '../../../tests/foreign/peer/wire.ts'
import { beatText } from '../../../tests/hostile/cases.ts'
import { attacks } from './attacks.ts'

export interface AttackerInit {
  /** Which of the {@link attacks}. */
  readonly at: number
  /** Bytes per second. */
  readonly rate: number
  readonly discoveryUrl: string
  readonly victim: { readonly peerId: string; readonly multiaddrs: readonly string[] }
}

export interface AttackerReport {
  /** Given to sockets and taken by the system since the attack began, handshakes included. */
  readonly bytes: number
}

const init: AttackerInit = JSON.parse(process.argv[2]!)
const attack = attacks[init.at]!
/** Substreams or requests at a time. */
const atOnce = 24
/** What is not taken or answered by then is given up. */
const patienceMs = 2_000
/** What an opening costs on the wire, about; it counts against the rate. */
const openingBytes = 128

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Bytes that went out through sockets. */
class Meter {
  readonly #open = new Set<Socket>()
  #closed = 0

  constructor() {
    diagnostics.subscribe('net.client.socket', (message) => {
      const { socket } = message as { socket: Socket }
      this.#open.add(socket)
      socket.once('close', () => {
        this.#open.delete(socket)
        this.#closed += socket.bytesWritten
      })
    })
  }

  get bytes(): number {
    return [...this.#open].reduce((sum, { bytesWritten, writableLength }) => sum + bytesWritten - writableLength, this.#closed)
  }
}

/** Lets through so many bytes a second, and saves up for no more than a tenth of one. */
class Throttle {
  #freeAtMs = 0

  async take(bytes: number): Promise<void> {
    const now = performance.now()
    this.#freeAtMs = Math.max(this.#freeAtMs, now - 100) + (bytes / init.rate) * 1_000
    if (this.#freeAtMs > now) await pause(this.#freeAtMs - now)
  }
}

/** A node that comes back when it is thrown out, and into the cluster when it is told to. */
class Intruder {
  readonly #node: ForeignNode
  #entering: Promise<void> | undefined
  document = ''

  private constructor(node: ForeignNode) {
    this.#node = node
  }

  static async start(): Promise<Intruder> {
    const node = await ForeignNode.start(1 + (process.pid % 200))
    await node.serve('heartbeat', (_peer, substream) => {
      let sequence = 0
      const beat = (): void => {
        if (substream.stream.status !== 'open') return clearInterval(timer)
        substream.send(frame(beatText({ sequence: String(++sequence) })))
      }
      const timer = setInterval(beat, 500)
      beat()
    })
    return new Intruder(node)
  }

  /** Connected, and a member if it is to be one. */
  async inside(): Promise<void> {
    if (this.#node.connection(init.victim.peerId) !== undefined) return
    this.#entering ??= this.#enter().finally(() => {
      this.#entering = undefined
    })
    await this.#entering
  }

  async #enter(): Promise<void> {
    const { peerId, multiaddrs } = init.victim
    await this.#node.connect(peerId, multiaddrs)
    if (attack.as === 'stranger') return
    const answer = await this.#node.ask(peerId, 'join', joinRequest('protobuf', this.#node.multiaddrs))
    const said = readJoinResponse('protobuf', answer!)
    if ('reason' in said) throw new Error(`the attacker was not let in: ${said.reason}`)
    this.document = said.document
  }

  async strike(bytes: Uint8Array): Promise<void> {
    await this.inside()
    if (attack.protocol === 'openings') return this.#openAndForget()
    const connection = this.#node.connection(init.victim.peerId)!
    const stream = await connection.newStream(protocols[attack.protocol as keyof typeof protocols], {
      negotiateFully: false,
      signal: AbortSignal.timeout(patienceMs)
    })
    const over = new Promise((resolve) => stream.addEventListener('close', resolve))
    const ended = new Promise((resolve) => stream.addEventListener('remoteCloseWrite', resolve))
    stream.addEventListener('message', () => {})
    for (let at = 0; at < bytes.length && stream.writeStatus === 'writable'; at += 65_536) {
      if (!stream.send(bytes.subarray(at, at + 65_536))) await Promise.race([stream.onDrain().catch(() => {}), over, pause(patienceMs)])
    }
    await Promise.race([over, ended, pause(patienceMs)])
    stream.abort(new Error('enough'))
  }

  /** A substream that names no protocol, left open until there is no room for more. */
  async #openAndForget(): Promise<void> {
    const { muxer } = this.#node.connection(init.victim.peerId) as unknown as {
      muxer: { createStream(): Promise<{ abort(error: Error): void }> }
    }
    const stream = await muxer.createStream()
    await pause(10)
    stream.abort(new Error('enough'))
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: atOnce })

/** One request to Discovery; its answer is not looked at. */
function post(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': bytes.length }
    const asked = request(`${init.discoveryUrl}/clusters`, { method: 'POST', agent, headers, timeout: patienceMs }, (answer) => {
      answer.resume().on('close', resolve)
    })
    asked.on('error', () => resolve()).on('timeout', () => asked.destroy())
    asked.end(bytes)
  })
}

async function strikes(strike: (bytes: Uint8Array) => Promise<void>, bytes: Uint8Array, throttle: Throttle): Promise<void> {
  for (;;) {
    await throttle.take(bytes.length + openingBytes)
    await strike(bytes).catch(() => pause(20)) // thrown out, or no room: it tries again
  }
}

async function main(): Promise<void> {
  process.on('disconnect', () => process.exit())
  const meter = new Meter()
  const intruder = attack.protocol === 'discovery' ? undefined : await Intruder.start()
  await intruder?.inside()
  const bytes = attack.bytes(intruder?.document ?? '')
  process.send!('ready')
  await new Promise((resolve) => process.once('message', resolve))
  const before = meter.bytes
  process.on('message', () => process.send!({ bytes: meter.bytes - before } satisfies AttackerReport))
  const throttle = new Throttle()
  const strike = intruder === undefined ? post : (what: Uint8Array) => intruder.strike(what)
  for (let no = 0; no < atOnce; no++) void strikes(strike, bytes, throttle)
}

await main()
