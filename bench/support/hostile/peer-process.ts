/** One peer of the cluster that is attacked: how long its event loop was held, what it saw of roles, and the stream if it watches that. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type ClusterManager, ClusterTarget, createSwarm, Domain, Peer, PeerIdentity, rosOptical, seconds, Wallet } from '@auki/domain'

export interface PeerInit {
  readonly cluster: string
  readonly discoveryUrl: string
  readonly part: 'camera' | 'viewer' | 'member'
}

export interface PeerReady {
  readonly peerId: string
  readonly multiaddrs: readonly string[]
  readonly role: string
}

/** Since it was told to begin. */
export interface PeerReport {
  readonly lagP99Ms: number
  readonly lagMaxMs: number
  readonly roleChanges: number
  /** Between two entries of the stream, or since the last; 0: it watches nothing. */
  readonly gapMs: number
  readonly rssMiB: number
}

const frameHz = 30
const frameBytes = 30_000
const init: PeerInit = JSON.parse(process.argv[2]!)
const lag = monitorEventLoopDelay({ resolution: 10 })
let roleChanges = 0
let lastEntryMs: number | undefined
let gapMs = 0
let begunMs = 0

async function film(peer: Peer, session: Awaited<ReturnType<Peer['startSession']>>): Promise<void> {
  const frame = await peer.registerFrame('optical', rosOptical)
  const picture = { type: 'rgb', width: 640, height: 480, pixelFormat: 'jpeg', colorSpace: 'srgb' } as const
  const models = { intrinsicsModel: 'pinhole', distortionModel: 'none' } as const
  const sensor = await peer.registerSensor('camera', { kind: 'camera', frameRateHz: frameHz, frame, ...picture, ...models })
  const log = await session.registerSensorLog({ sensor, head: { kind: 'rolling', retentionNs: seconds(2) } })
  setInterval(
    () => void log.append({ timestampNs: session.clock.nowNs(), payload: { frame: new Uint8Array(frameBytes) } }),
    1_000 / frameHz
  )
}

async function join(): Promise<{ clusterManager: ClusterManager; multiaddrs: readonly string[] }> {
  const localIdentity = PeerIdentity.fromWallet(Wallet.generate())
  const peer = new Peer({ peerId: localIdentity.peerId, appId: 'hostile' })
  const session = await peer.startSession()
  if (init.part === 'camera') await film(peer, session)
  const swarm = await createSwarm(localIdentity, { listen: ['/ip4/127.0.0.1/tcp/0'] })
  const { cluster, discoveryUrl } = init
  const target = ClusterTarget.joinOrCreate(cluster)
  const { clusterManager } = await Domain.join(peer, session, {
    target,
    localIdentity,
    discoveryUrl,
    swarm,
    daemonInfo: { name: 'hostile' }
  })
  return { clusterManager, multiaddrs: swarm.listenAddresses() }
}

async function countRoleChanges(manager: ClusterManager): Promise<void> {
  for await (const { type } of manager.events()) if (type === 'role-changed' || type === 'manager-changed') roleChanges += 1
}

function noteGap(): void {
  const now = performance.now()
  if (lastEntryMs !== undefined) gapMs = Math.max(gapMs, now - lastEntryMs)
}

async function watch(manager: ClusterManager): Promise<void> {
  const { resources } = await manager.fetchResourcesCatalog(manager.managerPeerId!)
  const row = resources.find(({ resourceId }) => resourceId === 'camera')
  if (row === undefined) throw new Error('the Manager offers no camera')
  for await (const _entry of await manager.openResource(row)) {
    noteGap()
    lastEntryMs = performance.now()
  }
}

/** Looks again when it was cut off: the gap goes on until it sees something. */
async function keepWatching(manager: ClusterManager): Promise<never> {
  for (;;) {
    await watch(manager).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function report(): PeerReport {
  noteGap()
  // Where the event loop never turned, nothing was measured.
  const heldMs = lag.count === 0 ? performance.now() - begunMs : 0
  return {
    lagP99Ms: heldMs || lag.percentile(99) / 1e6,
    lagMaxMs: heldMs || lag.max / 1e6,
    roleChanges,
    gapMs,
    rssMiB: process.memoryUsage().rss / 2 ** 20
  }
}

function begin(): void {
  begunMs = performance.now()
  lag.reset()
  lag.enable()
  roleChanges = 0
  gapMs = 0
}

process.on('disconnect', () => process.exit())
const { clusterManager, multiaddrs } = await join()
void countRoleChanges(clusterManager)
if (init.part === 'viewer') void keepWatching(clusterManager)
process.on('message', (message) => {
  if (message === 'begin') begin()
  else process.send!(report())
})
process.send!({ peerId: clusterManager.localPeerId, multiaddrs, role: clusterManager.role } satisfies PeerReady)
