/** Reads every log of every other member, as an app that wants them would: resumed where that is possible, opened again where it is not. */
import type { Domain, ResourceEntry } from '@auki/domain'
import { type Fresh, nowMs, type Offered, type Stream } from './messages.ts'
import { stampOf } from './offers.ts'

const againMs = 250
const askMs = 5_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export class Reader {
  readonly #domain: Domain
  readonly #log: (text: string) => void
  readonly #members = new Set<string>()
  readonly #streams = new Map<string, Stream & { atMs: number[]; agesMs: number[]; cuts: number }>()

  constructor(domain: Domain, log: (text: string) => void) {
    this.#domain = domain
    this.#log = log
    domain.on('member-joined', ({ peerId }) => this.#follow(peerId))
    for (const { peerId } of domain.peers) this.#follow(peerId)
  }

  streams(): Stream[] {
    return [...this.#streams.values()]
  }

  fresh(stampedMs: number): Fresh[] {
    return this.streams().map(({ from, atMs, agesMs }) => ({
      from,
      atMs: atMs.find((ms, at) => ms - agesMs[at]! >= stampedMs)
    }))
  }

  #follow(peerId: string): void {
    if (this.#members.has(peerId) || peerId === this.#domain.clusterManager.localPeerId) return
    this.#members.add(peerId)
    void this.#readAll(peerId)
  }

  async #readAll(peerId: string): Promise<void> {
    while (this.#members.has(peerId)) {
      const rows = await this.#rowsOf(peerId)
      await Promise.all((rows ?? []).map((row) => this.#readOn(row)))
      await pause(againMs)
    }
  }

  async #rowsOf(peerId: string): Promise<readonly ResourceEntry[] | undefined> {
    try {
      return (await this.#domain.catalogOf({ peerId }, {}, { signal: AbortSignal.timeout(askMs) })).resources
    } catch (error) {
      this.#log(`catalog of ${peerId}: ${error}`)
      return undefined
    }
  }

  /** Until its stream has ended, and can't be opened again. */
  async #readOn(row: ResourceEntry): Promise<void> {
    const key = `${row.writerPeerId} ${row.resourceId}`
    const known = this.#streams.get(key)
    const stream = known ?? { from: row.writerPeerId, what: whatIs(row), atMs: [], agesMs: [], cuts: 0 }
    this.#streams.set(key, stream)
    try {
      const keep = stream.what === 'camera' ? 'latest' : 'all'
      await using subscription = await this.#domain.open(row, { keep, resume: true })
      if (stream.atMs.length > 0) stream.cuts++
      void (async () => {
        for await (const notice of subscription.notices()) if (notice.type === 'resumed') stream.cuts++
      })()
      for await (const { payload } of subscription) {
        const atMs = nowMs()
        stream.atMs.push(atMs)
        stream.agesMs.push(atMs - stampOf(payload))
      }
    } catch (error) {
      this.#log(`${key}: ${error}`)
    }
  }
}

function whatIs(row: ResourceEntry): Offered {
  if (row.variant !== 'sensor_log') return 'pose'
  return row.sensor.kind === 'camera' ? 'camera' : 'lidar'
}
