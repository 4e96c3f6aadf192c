/** A log that grows by a count ten times a second, and the streams of it from all other members. */
import { type ClusterManager, type Peer, rosBody, type Session, seconds } from '@auki/domain'
import type { Streams } from './messages.ts'

const tickMs = 100
const sensorId = 'ticks'

/** Every peer offers one; ends with the process. */
export async function startTicking(peer: Peer, session: Session): Promise<void> {
  const frame = await peer.registerFrame('base_link', rosBody)
  const sensor = await peer.registerSensor(sensorId, { kind: 'rf', type: 'wifi', frame })
  const log = await session.registerSensorLog({ sensor, head: { kind: 'rolling', retentionNs: seconds(10) } })
  let count = 0
  setInterval(() => {
    const payload = new Uint8Array(4)
    new DataView(payload.buffer).setUint32(0, count++)
    void log.append({ timestampNs: session.clock.nowNs(), payload })
  }, tickMs).unref()
}

/** Reads the counts of all others as they come. */
export class TickReader {
  readonly #manager: ClusterManager
  readonly #heardAtMs = new Map<string, number>()
  #missing = 0
  #ended = 0

  constructor(manager: ClusterManager) {
    this.#manager = manager
  }

  async start(): Promise<void> {
    const { membership, localPeerId } = this.#manager
    await Promise.all(membership.peers.filter(({ peerId }) => peerId !== localPeerId).map(({ peerId }) => this.#open(peerId)))
  }

  get streams(): Streams {
    const ages = [...this.#heardAtMs.values()].map((atMs) => performance.now() - atMs)
    return { sources: ages.length, oldestMs: Math.max(...ages), missing: this.#missing, ended: this.#ended }
  }

  async #open(peerId: string): Promise<void> {
    const { resources } = await this.#manager.fetchResourcesCatalog(peerId)
    const row = resources.find(({ resourceId }) => resourceId === sensorId)
    if (row === undefined) throw new Error(`${peerId} does not offer ${sensorId}`)
    const subscription = await this.#manager.openResource(row)
    this.#heardAtMs.set(peerId, performance.now())
    void this.#read(peerId, subscription as AsyncIterable<{ readonly payload: Uint8Array }>)
  }

  async #read(peerId: string, entries: AsyncIterable<{ readonly payload: Uint8Array }>): Promise<void> {
    let last: number | undefined
    try {
      for await (const { payload } of entries) {
        const count = new DataView(payload.buffer, payload.byteOffset).getUint32(0)
        if (last !== undefined) this.#missing += count - last - 1
        last = count
        this.#heardAtMs.set(peerId, performance.now())
      }
    } finally {
      this.#ended++
    }
  }
}
