/** One peer of the cluster that is attacked: how long its event loop was held, what it saw of roles, and the stream if it watches that. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type ClusterManager, createSwarm } from '@auki/domain'
import { initOf, newcomer, onCall, type Place } from '@auki/testkit/processes'
import { film } from '../camera.ts'

export interface PeerInit extends Place {
  readonly part: 'camera' | 'viewer' | 'member'
}

/** `begin`: what came before is not in the report. */
export type PeerCall = 'join' | 'begin' | 'report'

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

const camera = { hz: 30, frameBytes: 30_000, keptSeconds: 2 }
const init = initOf<PeerInit>()
const lag = monitorEventLoopDelay({ resolution: 10 })
let roleChanges = 0
let lastEntryMs: number | undefined
let gapMs = 0
let begunMs = 0

async function join(): Promise<PeerReady> {
  const here = await newcomer('hostile')
  if (init.part === 'camera') await film(here, camera)
  const swarm = await createSwarm(here.identity, { listen: ['/ip4/127.0.0.1/tcp/0'] })
  const { clusterManager } = await here.join(init, { swarm })
  void countRoleChanges(clusterManager)
  if (init.part === 'viewer') void keepWatching(clusterManager)
  return { peerId: clusterManager.localPeerId, multiaddrs: swarm.listenAddresses(), role: clusterManager.role }
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

onCall((call: PeerCall) => {
  if (call === 'join') return join()
  return call === 'begin' ? begin() : report()
})
