/** One side of `npm run bench:fan-out`: the camera, or those who watch it. */
import type { ClusterManager, ResourceEntry } from '@auki/domain'
import { initOf, newcomer, onCall, type Place } from '@auki/testkit/processes'
import { film } from './camera.ts'
import { percentile } from './report.ts'

export interface FanOutInit extends Place {
  /** How many watch in this process; 0: it is the camera's. */
  readonly viewers: number
  /** They open the stream, take one entry, and then no more. */
  readonly stalled: boolean
}

export interface FanOutReport {
  readonly rssMiB: number
  /** For each viewer. */
  readonly viewers: readonly {
    readonly entries: number
    readonly missing: number
    readonly p50Ms: number
    readonly p99Ms: number
    readonly maxMs: number
  }[]
}

const camera = { hz: 30, frameBytes: 200_000, keptSeconds: 5 }
const init = initOf<FanOutInit>()

async function join(filming: boolean): Promise<ClusterManager> {
  const here = await newcomer('fan-out')
  if (filming) await film(here, camera)
  return (await here.join(init)).clusterManager
}

class Viewer {
  #agesMs: number[] = []
  #missing = 0
  #next: number | undefined

  async watch(manager: ClusterManager, row: ResourceEntry): Promise<void> {
    const subscription = await manager.openResource(row)
    if (subscription.kind !== 'camera') throw new Error(`the camera sends ${subscription.kind}`)
    for await (const { payload } of subscription) {
      this.#count(payload.frame)
      if (init.stalled) return void (await new Promise(() => {}))
    }
    throw new Error('the stream ended')
  }

  take(): FanOutReport['viewers'][number] {
    const [ages, missing] = [this.#agesMs, this.#missing]
    this.#agesMs = []
    this.#missing = 0
    return { entries: ages.length, missing, p50Ms: percentile(ages, 0.5), p99Ms: percentile(ages, 0.99), maxMs: percentile(ages, 1) }
  }

  #count(frame: Uint8Array): void {
    const view = new DataView(frame.buffer, frame.byteOffset)
    const count = view.getUint32(0)
    this.#agesMs.push(Number(process.hrtime.bigint() - view.getBigUint64(4)) / 1e6)
    this.#missing += count - (this.#next ?? count)
    this.#next = count + 1
  }
}

async function cameraOf(manager: ClusterManager): Promise<ResourceEntry> {
  for (const { peerId } of manager.membership.peers) {
    if (peerId === manager.localPeerId) continue
    const { resources } = await manager.fetchResourcesCatalog(peerId)
    const row = resources.find(({ resourceId }) => resourceId === 'camera')
    if (row !== undefined) return row
  }
  throw new Error('nobody offers a camera')
}

const viewers: Viewer[] = []
if (init.viewers === 0) await join(true)
for (let at = 0; at < init.viewers; at++) {
  const manager = await join(false)
  const viewer = new Viewer()
  viewers.push(viewer)
  void viewer.watch(manager, await cameraOf(manager))
}
// Not before all are there.
onCall((): FanOutReport => ({ rssMiB: process.memoryUsage().rss / 2 ** 20, viewers: viewers.map((viewer) => viewer.take()) }))
