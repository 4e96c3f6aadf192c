/** One side of `npm run bench:fan-out`: the camera, or those who watch it. */
import {
  type ClusterManager,
  ClusterTarget,
  Domain,
  Peer,
  PeerIdentity,
  type ResourceEntry,
  rosOptical,
  seconds,
  Wallet
} from '@auki/domain'
import { percentile } from './report.ts'

export interface FanOutInit {
  readonly cluster: string
  readonly discoveryUrl: string
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

const frameHz = 30
const frameBytes = 200_000
const init: FanOutInit = JSON.parse(process.argv[2]!)

async function join(startCamera: boolean): Promise<ClusterManager> {
  const localIdentity = PeerIdentity.fromWallet(Wallet.generate())
  const peer = new Peer({ peerId: localIdentity.peerId, appId: 'fan-out' })
  const session = await peer.startSession()
  if (startCamera) await film(peer, session)
  const target = ClusterTarget.joinOrCreate(init.cluster)
  return (await Domain.join(peer, session, { target, localIdentity, discoveryUrl: init.discoveryUrl, daemonInfo: { name: 'fan-out' } }))
    .clusterManager
}

/** Each frame carries its number and when it was made, on the machine's one monotonic clock. */
async function film(peer: Peer, session: Awaited<ReturnType<Peer['startSession']>>): Promise<void> {
  const frame = await peer.registerFrame('optical', rosOptical)
  const picture = { type: 'rgb', width: 1280, height: 720, pixelFormat: 'jpeg', colorSpace: 'srgb' } as const
  const models = { intrinsicsModel: 'pinhole', distortionModel: 'none' } as const
  const sensor = await peer.registerSensor('camera', { kind: 'camera', frameRateHz: frameHz, frame, ...picture, ...models })
  const log = await session.registerSensorLog({ sensor, head: { kind: 'rolling', retentionNs: seconds(5) } })
  const startMs = performance.now()
  let count = 0
  setInterval(() => {
    for (const due = ((performance.now() - startMs) * frameHz) / 1_000; count < due; count++) {
      const bytes = new Uint8Array(frameBytes)
      const view = new DataView(bytes.buffer)
      view.setUint32(0, count)
      view.setBigUint64(4, process.hrtime.bigint())
      void log.append({ timestampNs: session.clock.nowNs(), payload: { frame: bytes } })
    }
  }, 1_000 / frameHz)
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

process.on('disconnect', () => process.exit())
const viewers: Viewer[] = []
if (init.viewers === 0) await join(true)
for (let at = 0; at < init.viewers; at++) {
  const manager = await join(false)
  const viewer = new Viewer()
  viewers.push(viewer)
  void viewer.watch(manager, await cameraOf(manager))
}
process.on('message', () => {
  const report: FanOutReport = { rssMiB: process.memoryUsage().rss / 2 ** 20, viewers: viewers.map((viewer) => viewer.take()) }
  process.send!(report)
})
process.send!('ready')
