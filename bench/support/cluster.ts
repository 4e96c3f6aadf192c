/** What a cluster of a given size costs its Manager. */
import { allVisible, goneForAll, joinTogether, leaveAll } from './join.ts'
import type { Effort, PeerProcess, RemotePeer } from './peers.ts'

/** Joins and leaves of single peers that the cost of one is the mean of. */
const changes = 6
const stillMs = 10_000

interface Cost {
  /** Documents sent, one for each member it went to. */
  readonly documents: number
  readonly bytes: number
  readonly cpuMs: number
}

export interface Costs {
  /** Everybody joins at once; some had to ask Discovery again. */
  readonly storm: Cost & { readonly ms: number; readonly joinsAgain: number }
  /** One joins or leaves. */
  readonly change: Cost
  /** Nothing happens. */
  readonly still: { readonly cpuPercent: number; readonly bytesPerSecond: number }
}

/** `home` is the process that the Manager has for itself. */
export async function measureCluster(
  cluster: string,
  discoveryUrl: string,
  home: PeerProcess,
  processes: readonly PeerProcess[],
  members: number
): Promise<Costs> {
  const manager = await home.join(cluster, discoveryUrl, { counted: true })
  const before = await home.effort()
  const already = { processes: [home], peers: [manager] }
  const { peers: others, ms } = await joinTogether(cluster, discoveryUrl, processes, members - 1, already)
  const joinsAgain = others.filter(({ attempts }) => attempts > 1).length
  const storm = { ms, joinsAgain, ...since(before, await home.effort()) }
  const change = await oneByOne(home, [home, ...processes], { cluster, discoveryUrl, peers: [manager, ...others], newHome: processes[0]! })
  const still = await standStill(home)
  await leaveAll([manager, ...others])
  return { storm, change, still }
}

interface Standing {
  readonly cluster: string
  readonly discoveryUrl: string
  readonly peers: readonly RemotePeer[]
  /** Where newcomers live. */
  readonly newHome: PeerProcess
}

/** The mean over some peers that come and go. */
async function oneByOne(
  home: PeerProcess,
  processes: readonly PeerProcess[],
  { cluster, discoveryUrl, peers, newHome }: Standing
): Promise<Cost> {
  const before = await home.effort()
  for (let change = 0; change < changes; change += 2) {
    const newcomer = await newHome.join(cluster, discoveryUrl)
    await allVisible(processes, [...peers, newcomer])
    await newcomer.leave()
    await goneForAll(processes, peers, newcomer)
  }
  const { documents, bytes, cpuMs } = since(before, await home.effort())
  return { documents: documents / changes, bytes: bytes / changes, cpuMs: cpuMs / changes }
}

async function standStill(home: PeerProcess): Promise<Costs['still']> {
  const before = await home.effort()
  const startMs = performance.now()
  await new Promise((resolve) => setTimeout(resolve, stillMs))
  const after = await home.effort()
  const tookMs = performance.now() - startMs
  const { bytes, cpuMs } = since(before, after)
  return { cpuPercent: (100 * cpuMs) / tookMs, bytesPerSecond: bytes / (tookMs / 1_000) }
}

const since = (before: Effort, after: Effort): Cost => ({
  documents: after.documents - before.documents,
  bytes: after.bytes - before.bytes,
  cpuMs: after.cpuMs - before.cpuMs
})
