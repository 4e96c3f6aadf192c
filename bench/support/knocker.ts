/**
 * Somebody who asks to be let in, again and again: it tells for how long nobody could have joined.
 *
 * It is a member already, as an observer, so that nothing but the question itself takes time.
 */

import { parseJson } from '@auki/canonical'
import { DiscoveryClient, PeerIdentity, Wallet } from '@auki/domain'
import { createRuntime, createSwarm, type HeartbeatSource, type PeerAddresses, type PeerRuntime, type RuntimeHandlers } from '@auki/network'

/** Between two questions to the same peer. */
const knockMs = 5
const request = { multiaddrs: [], authorization: '', observer: true }

/** It offers nothing and minds nothing. */
const handlers: RuntimeHandlers = {
  liveness: () => {},
  join: async () => ({ kind: 'reject', reason: 'not the manager' }),
  leave: async () => false,
  leaveAcknowledged: () => {},
  membership: () => {},
  info: () => {
    throw new Error('no information')
  },
  resources: () => [],
  registry: async () => null,
  diagnostic: () => {}
}

const heartbeatSource: HeartbeatSource = {
  clockId: 'knocker',
  clockHash: '0'.repeat(32),
  resolutionNs: 1n,
  nowNs: () => process.hrtime.bigint(),
  utcNowNs: () => BigInt(Date.now()) * 1_000_000n,
  domainClock: () => undefined,
  membershipVersion: () => undefined
}

export class Knocker implements AsyncDisposable {
  readonly #runtime: PeerRuntime
  /** Peer ids. */
  readonly #others: readonly string[]
  readonly #over = new AbortController()
  #letInBy: string

  private constructor(runtime: PeerRuntime, others: readonly string[], letInBy: string) {
    this.#runtime = runtime
    this.#others = others
    this.#letInBy = letInBy
  }

  /** Into the cluster, and connected to everybody. */
  static async at(cluster: string, discoveryUrl: string): Promise<Knocker> {
    const row = (await new DiscoveryClient(discoveryUrl).list()).find(({ name }) => name === cluster)
    if (row === undefined) throw new Error(`there is no cluster ${cluster}`)
    const { managerPeerId: manager, managerMultiaddrs: multiaddrs } = row
    const swarm = await createSwarm(PeerIdentity.fromWallet(Wallet.generate()))
    const runtime = createRuntime({ swarm, members: [{ peerId: manager, multiaddrs }], handlers, heartbeatSource })
    await runtime.waitConnected(manager)
    const answer = await runtime.requestJoin(manager, request)
    if (answer.kind === 'reject') throw new Error(`the Manager refused: ${answer.reason}`)
    const others = membersOf(answer.membershipJson).filter(({ peerId }) => peerId !== swarm.peerId)
    runtime.setAllowedPeers(others)
    await Promise.all(others.map(({ peerId }) => runtime.waitConnected(peerId)))
    return new Knocker(
      runtime,
      others.map(({ peerId }) => peerId),
      manager
    )
  }

  /** Asks everybody but the one that let it in; resolves when it is let in again, to the moment of that. ns */
  async letInByAnother(): Promise<bigint> {
    const attempts = this.#others.filter((peerId) => peerId !== this.#letInBy).map((peerId) => this.#knock(peerId))
    const { peerId, atNs } = await Promise.race(attempts)
    this.#letInBy = peerId
    this.#over.abort()
    return atNs
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort()
    await this.#runtime.requestLeave(this.#letInBy).catch(() => {}) // it may have been evicted meanwhile
    await this.#runtime.shutdown()
  }

  /** Resolves when this peer lets it in; never, when another does first. */
  async #knock(peerId: string): Promise<{ peerId: string; atNs: bigint }> {
    while (!this.#over.signal.aborted) {
      const answer = await this.#runtime.requestJoin(peerId, request).catch(() => undefined)
      if (answer?.kind === 'accept') return { peerId, atNs: process.hrtime.bigint() }
      await new Promise((resolve) => setTimeout(resolve, knockMs))
    }
    return new Promise(() => {})
  }
}

function membersOf(membershipJson: string): PeerAddresses[] {
  const { peers } = parseJson(membershipJson) as { peers: { peer_id: string; multiaddrs: string[] }[] }
  return peers.map(({ peer_id: peerId, multiaddrs }) => ({ peerId, multiaddrs }))
}
