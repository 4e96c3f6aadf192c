/** What a cluster of a given size costs its Manager. */
import { allVisible, goneForAll, joinTogether, leaveAll } from './join.ts'
import type { Effort, PeerProcess, RemotePeer } from './peers.ts'

/** Joins and leaves of single peers that the cost of one is the mean of. */
const changes = 6
const stillMs = 10_000

type Cost = Omit<Effort, 'handshakes'>

export interface Costs {
  /** Everybody joins at once; some had to ask Discovery again. */
  readonly storm: Cost & { readonly ms: number; readonly joinsAgain: number }
  /** Nothing happens; per second. */
  readonly still: Cost
  /** One joins or leaves: what that costs beyond standing still. */
  readonly change: Cost
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
  const storm = { ms, joinsAgain, ...minus(await home.effort(), before) }
  const peers = [manager, ...others]
  const still = await during(home, () => new Promise((resolve) => setTimeout(resolve, stillMs)))
  const busy = await during(home, () => comeAndGo([home, ...processes], { cluster, discoveryUrl, peers, newHome: processes[0]! }))
  await leaveAll(peers)
  return { storm, still: scaled(still, 1_000 / still.ms), change: scaled(minus(busy, scaled(still, busy.ms / still.ms)), 1 / changes) }
}

interface Place {
  readonly cluster: string
  readonly discoveryUrl: string
  readonly peers: readonly RemotePeer[]
  /** Where newcomers live. */
  readonly newHome: PeerProcess
}

/** Some peers join and leave, each when everybody has noticed the one before. */
async function comeAndGo(processes: readonly PeerProcess[], { cluster, discoveryUrl, peers, newHome }: Place): Promise<void> {
  for (let change = 0; change < changes; change += 2) {
    const newcomer = await newHome.join(cluster, discoveryUrl)
    await allVisible(processes, [...peers, newcomer])
    await newcomer.leave()
    await goneForAll(processes, peers, newcomer)
  }
}

/** What the Manager's process does meanwhile, and how long that takes. */
async function during(home: PeerProcess, work: () => Promise<void>): Promise<Cost & { readonly ms: number }> {
  const before = await home.effort()
  const startMs = performance.now()
  await work()
  const ms = performance.now() - startMs
  return { ms, ...minus(await home.effort(), before) }
}

const minus = (a: Cost, b: Cost): Cost => ({ documents: a.documents - b.documents, bytes: a.bytes - b.bytes, cpuMs: a.cpuMs - b.cpuMs })

const scaled = ({ documents, bytes, cpuMs }: Cost, by: number): Cost => ({
  documents: documents * by,
  bytes: bytes * by,
  cpuMs: cpuMs * by
})
