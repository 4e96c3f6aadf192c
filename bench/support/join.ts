/** How long it takes until peers see each other. */
import { until } from '../../packages/cli/src/child.ts'
import type { PeerProcess, RemotePeer } from './peers.ts'

const visibleMs = 60_000
/** How far ahead a common start is set, so that everybody is ready by then. ms */
const headStartMs = 500

/** From a call of `Domain.join` until everybody has the new one as a member, and it has everybody. ms */
export async function joinOneByOne(
  cluster: string,
  discoveryUrl: string,
  processes: readonly PeerProcess[],
  upTo: number
): Promise<number[]> {
  const peers: RemotePeer[] = []
  const takenMs: number[] = []
  while (peers.length < upTo) {
    const peer = await processes[peers.length % processes.length]!.join(cluster, discoveryUrl)
    peers.push(peer)
    const seenAtNs = await allVisible(processes, peers)
    takenMs.push(Number(seenAtNs - peer.calledAtNs) / 1e6)
  }
  await leaveAll(peers)
  return takenMs
}

export interface JoinedAtOnce {
  /** From the moment at which all of them call `Domain.join` until everybody has everybody. */
  readonly ms: number
  /** Connections that were made until every pair had one, by the number of pairs. */
  readonly handshakesPerPair: number
}

/** Followers dial each other later than they see each other: within a second, or the other one 400 ms after that. */
const pairedMs = 3_000

export async function joinAtOnce(
  cluster: string,
  discoveryUrl: string,
  processes: readonly PeerProcess[],
  count: number
): Promise<JoinedAtOnce> {
  const before = await handshakesOf(processes)
  const { peers, ms } = await joinTogether(cluster, discoveryUrl, processes, count)
  await new Promise((resolve) => setTimeout(resolve, pairedMs))
  const handshakes = (await handshakesOf(processes)) - before
  await leaveAll(peers)
  return { ms, handshakesPerPair: handshakes / ((count * (count - 1)) / 2) }
}

async function handshakesOf(processes: readonly PeerProcess[]): Promise<number> {
  const efforts = await Promise.all(processes.map((one) => one.effort()))
  return efforts.reduce((sum, { handshakes }) => sum + handshakes, 0)
}

/** So many peers join at one instant a cluster that has members `already`; ms until everybody has everybody. */
export async function joinTogether(
  cluster: string,
  discoveryUrl: string,
  processes: readonly PeerProcess[],
  count: number,
  already: { readonly processes: readonly PeerProcess[]; readonly peers: readonly RemotePeer[] } = { processes: [], peers: [] }
): Promise<{ readonly peers: readonly RemotePeer[]; readonly ms: number }> {
  const atNs = process.hrtime.bigint() + BigInt(headStartMs) * 1_000_000n
  const joining = Array.from({ length: count }, (_, at) => processes[at % processes.length]!.join(cluster, discoveryUrl, { atNs }))
  const peers = await Promise.all(joining)
  const seenAtNs = await allVisible([...already.processes, ...processes], [...already.peers, ...peers])
  return { peers, ms: Number(seenAtNs - atNs) / 1e6 }
}

/** Resolves to the moment at which the last one saw the last one, ns. */
export function allVisible(processes: readonly PeerProcess[], peers: readonly RemotePeer[]): Promise<bigint> {
  const look = (): bigint | undefined => {
    let last = 0n
    for (const { sawAtNs } of peers) {
      for (const { peerId } of peers) {
        const at = sawAtNs.get(peerId)
        if (at === undefined) return undefined
        if (at > last) last = at
      }
    }
    return last
  }
  return until('everybody sees everybody', processes, look, { withinMs: visibleMs })
}

/** Resolves when nobody has that peer any more. */
export async function goneForAll(processes: readonly PeerProcess[], peers: readonly RemotePeer[], { peerId }: RemotePeer): Promise<void> {
  const look = (): true | undefined => peers.every(({ sawAtNs }) => !sawAtNs.has(peerId)) || undefined
  await until('everybody has let go of the one that left', processes, look, { withinMs: visibleMs })
}

/** The first one is the Manager or was at the beginning; the last to leave takes the row away. */
export async function leaveAll(peers: readonly RemotePeer[]): Promise<void> {
  const views = await Promise.all(peers.map((peer) => peer.view()))
  const isManager = (peer: RemotePeer): boolean => views.some(({ peerId, role }) => peerId === peer.peerId && role === 'manager')
  await Promise.all(peers.filter((peer) => !isManager(peer)).map((peer) => peer.leave()))
  await Promise.all(peers.filter(isManager).map((peer) => peer.leave()))
}
