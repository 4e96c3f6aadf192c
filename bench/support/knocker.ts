/**
 * Somebody who asks to be let in, again and again: it tells for how long nobody could have joined.
 *
 * It is a member already, as an observer, so that nothing but the question itself takes time.
 */

import { parseJson } from '@auki/canonical'
import { DiscoveryClient, PeerIdentity, Wallet } from '@auki/domain'
import {
  createRuntime,
  createSwarm,
  type HeartbeatSource,
  type PeerAddresses,
  type PeerRuntime,
  type RuntimeHandlers,
  type Swarm
} from '@auki/network'

/** Between two questions to the one that the leaving Manager named, and to everybody else: each question is work for the one who is asked. */
const knockMs = 2
const knockElsewhereMs = 20
const request = { multiaddrs: [], authorization: '', observer: true }

/** It offers nothing, and minds only the hint that comes with a hand-over. */
const handlers = (named: (peerId: string) => void): RuntimeHandlers => ({
  liveness: () => {},
  join: async () => ({ kind: 'reject', reason: 'not the manager' }),
  leave: async () => false,
  leaveAcknowledged: () => {},
  membership: (_peer, { handoverTo }) => {
    if (handoverTo !== undefined) named(handoverTo)
  },
  info: () => {
    throw new Error('no information')
  },
  resources: () => [],
  registry: async () => null,
  diagnostic: () => {}
})

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
  #others: readonly string[] = []
  readonly #over = new AbortController()
  #letInBy: string

  #named: string | undefined

  private constructor(swarm: Swarm, manager: PeerAddresses) {
    const named = (peerId: string): void => {
      this.#named = peerId
    }
    this.#runtime = createRuntime({ swarm, members: [manager], handlers: handlers(named), heartbeatSource })
    this.#letInBy = manager.peerId
  }

  /** Into the cluster, and connected to everybody. */
  static async at(cluster: string, discoveryUrl: string): Promise<Knocker> {
    const row = (await new DiscoveryClient(discoveryUrl).list()).find(({ name }) => name === cluster)
    if (row === undefined) throw new Error(`there is no cluster ${cluster}`)
    const { managerPeerId: peerId, managerMultiaddrs: multiaddrs } = row
    const knocker = new Knocker(await createSwarm(PeerIdentity.fromWallet(Wallet.generate())), { peerId, multiaddrs })
    await knocker.#enter()
    return knocker
  }

  async #enter(): Promise<void> {
    const runtime = this.#runtime
    await runtime.waitConnected(this.#letInBy)
    const answer = await runtime.requestJoin(this.#letInBy, request)
    if (answer.kind === 'reject') throw new Error(`the Manager refused: ${answer.reason}`)
    const others = membersOf(answer.membershipJson).filter(({ peerId }) => peerId !== runtime.localPeerId)
    runtime.setAllowedPeers(others)
    await Promise.all(others.map(({ peerId }) => runtime.waitConnected(peerId)))
    this.#others = others.map(({ peerId }) => peerId)
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
      await new Promise((resolve) => setTimeout(resolve, peerId === this.#named ? knockMs : knockElsewhereMs))
    }
    return new Promise(() => {})
  }
}

function membersOf(membershipJson: string): PeerAddresses[] {
  const { peers } = parseJson(membershipJson) as { peers: { peer_id: string; multiaddrs: string[] }[] }
  return peers.map(({ peer_id: peerId, multiaddrs }) => ({ peerId, multiaddrs }))
}
