/** One attacker: sends as fast as it may and can, whatever the other side says to that. */
import diagnostics from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { initOf, onCall } from '@auki/testkit/processes'
import { attacks } from './attacks.ts'
import { Intruder, type Place, pause } from './intruder.ts'
import { poster, speak } from './sockets.ts'
import { Volley } from './volley.ts'

export interface AttackerInit {
  /** Which of the {@link attacks}. */
  readonly at: number
  /** Bytes per second. */
  readonly rate: number
  readonly discoveryUrl: string
  readonly manager: Place
  readonly victim: Place
}

export type AttackerCall = 'prepare' | 'begin' | 'report'

export interface AttackerReport {
  /** Given to sockets and taken by the system since the attack began, handshakes included. */
  readonly bytes: number
  /** Requests, volleys or connections that were done with. */
  readonly strikes: number
}

const init = initOf<AttackerInit>()
const attack = attacks[init.at]!
/** Substreams, sockets or requests at a time. */
const atOnce = 24
/** What an opening costs on the wire, about; it counts against the rate. */
const openingBytes = 128

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

interface Strikes {
  /** How many bytes one has. */
  readonly bytes: number
  readonly strike: () => Promise<void>
  /** How many strike at a time. */
  readonly atOnce: number
}

async function prepare(): Promise<Strikes> {
  const { way } = attack
  if (way.kind === 'posts') {
    const [post, bytes] = [poster(init.discoveryUrl, atOnce), way.bytes()]
    return { bytes: bytes.length, atOnce, strike: () => post(bytes) }
  }
  if (way.kind === 'sockets') {
    const bytes = way.bytes()
    return { bytes: bytes.length, atOnce, strike: () => speak(init.victim.multiaddrs[0]!, bytes) }
  }
  const intruder = await Intruder.start(init.victim, attack.as === 'member' ? init.manager : undefined)
  if (way.kind === 'visits') {
    const bytes = way.bytes()
    return { bytes: bytes.length, atOnce, strike: () => intruder.visit('join', bytes) }
  }
  await intruder.inside()
  if (way.kind === 'volleys') {
    const volley = new Volley(way.pieces(), way.times)
    return { bytes: volley.bytes.length, atOnce: 1, strike: () => intruder.fire(volley) }
  }
  const bytes = way.bytes(intruder.document)
  return { bytes: bytes.length, atOnce, strike: () => intruder.request(way.protocol, bytes) }
}

let struck = 0

async function repeat({ bytes, strike }: Strikes, throttle: Throttle): Promise<void> {
  for (;;) {
    await throttle.take(bytes + openingBytes)
    await strike().catch(() => pause(20)) // thrown out, or no room: it tries again
    struck += 1
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const meter = new Meter()
let strikes: Strikes
let bytesBefore = 0

function begin(): void {
  bytesBefore = meter.bytes
  const throttle = new Throttle()
  for (let no = 0; no < strikes.atOnce; no++) void repeat(strikes, throttle)
}

onCall(async (call: AttackerCall): Promise<AttackerReport | undefined> => {
  if (call === 'prepare') strikes = await prepare()
  else if (call === 'begin') begin()
  return call === 'report' ? { bytes: meter.bytes - bytesBefore, strikes: struck } : undefined
})
