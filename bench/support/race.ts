/** Two peers in two processes that ask for the same new cluster at the same moment. */
import type { PeerProcess } from './peers.ts'

/** How far ahead the moment is set, so that both know it in time. ms */
const headStartMs = 40

export interface RaceResult {
  readonly cluster: string
  /** Peer ids; `second` joined what `first` had created. */
  readonly first: string
  readonly second: string
  /** Whether `second` had asked for the cluster as well, and was told that it exists. */
  readonly lost: boolean
}

/** Runs one race and leaves again. @throws Error when the two did not end in one cluster. */
export async function race(cluster: string, discoveryUrl: string, processes: readonly [PeerProcess, PeerProcess]): Promise<RaceResult> {
  const refusedBefore = await refusals(discoveryUrl)
  const atNs = process.hrtime.bigint() + BigInt(headStartMs) * 1_000_000n
  const peers = await Promise.all(processes.map((one) => one.join(cluster, discoveryUrl, { atNs })))
  const lost = (await refusals(discoveryUrl)) > refusedBefore
  const views = await Promise.all(peers.map((peer) => peer.view()))
  const [first, second] = views.toSorted((a, b) => Number(b.role === 'manager') - Number(a.role === 'manager'))
  if (first === undefined || second === undefined) throw new Error('a race takes two')
  const both = [first.peerId, second.peerId]
  const together = views.every(
    ({ managerPeerId, members }) => managerPeerId === first.peerId && both.every((peer) => members.includes(peer))
  )
  if (!together || first.role !== 'manager' || second.role === 'manager') {
    throw new Error(`${cluster}: two peers that asked at the same moment are not in one cluster: ${JSON.stringify(views)}`)
  }
  for (const { peerId } of [second, first]) await peers.find((peer) => peer.peerId === peerId)?.leave()
  return { cluster, first: first.peerId, second: second.peerId, lost }
}

/** How often the service has said that a cluster exists already. */
async function refusals(discoveryUrl: string): Promise<number> {
  const text = await (await fetch(`${discoveryUrl}/metrics`)).text()
  return Number(/^auki_discovery_refusals_total\{error="already-exists"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}
