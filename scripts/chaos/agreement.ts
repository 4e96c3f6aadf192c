/** Does everybody that runs agree with Discovery's row? */
import { DiscoveryClient, type DiscoveryClusterEntry } from '@auki/domain'
import { type Cluster, clusterName } from './cluster.ts'
import type { PeerLife } from './peer-life.ts'

const lookMs = 50
/** It counts when it lasts. */
const lastsMs = 1_000

export interface Agreement {
  /** Until all agreed for good, ms. */
  readonly tookMs: number
  /** Why they did not in time. */
  readonly disagreement: string | undefined
}

/** Waits until all agree. */
export async function agreement(cluster: Cluster, withinMs: number): Promise<Agreement> {
  const startMs = performance.now()
  let sinceMs: number | undefined
  for (;;) {
    const why = await disagreement(cluster)
    const nowMs = performance.now()
    if (why === undefined) {
      sinceMs ??= nowMs
      if (nowMs - sinceMs >= lastsMs) return { tookMs: sinceMs - startMs, disagreement: undefined }
    } else {
      sinceMs = undefined
      if (nowMs - startMs > withinMs) return { tookMs: nowMs - startMs, disagreement: why }
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}

async function disagreement({ lives, places, discoveryUrl }: Cluster): Promise<string | undefined> {
  const absent = places.find((place) => !lives.some((life) => life.place === place && life.view !== undefined))
  if (absent !== undefined) return `${absent} has not joined`
  const row = await rowAt(discoveryUrl)
  if (row === undefined) return 'Discovery has no row'
  const manager = lives.find(({ view }) => view!.peerId === row.managerPeerId)
  if (manager === undefined) return `the row names ${row.managerPeerId}, which does not run`
  return lives.map((life) => dissent(life, manager, lives, row.revision)).find((why) => why !== undefined)
}

async function rowAt(discoveryUrl: string): Promise<DiscoveryClusterEntry | undefined> {
  const rows = await new DiscoveryClient(discoveryUrl).list().catch(() => [])
  return rows.find(({ name }) => name === clusterName)
}

function dissent({ who, view }: PeerLife, manager: PeerLife, all: readonly PeerLife[], revision: number | undefined): string | undefined {
  const { role, managerPeerId, epoch, version, members } = view!
  const expected = who === manager.who ? 'manager' : 'follower'
  if (role !== expected) return `${who} is ${role}, not ${expected}`
  if (managerPeerId !== manager.view!.peerId) return `${who} follows ${managerPeerId}, the row names ${manager.who}`
  if (epoch !== revision || version !== manager.view!.version)
    return `${who} holds ${epoch}.${version}, the Manager ${revision}.${manager.view!.version}`
  const missing = all.find((other) => !members.has(other.view!.peerId))
  if (missing !== undefined) return `${who} does not have ${missing.who}`
  return members.size === all.length ? undefined : `${who} has ${members.size} members, ${all.length} run`
}
