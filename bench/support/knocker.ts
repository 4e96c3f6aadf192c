/**
 * Somebody who asks to be let in, again and again: it tells for how long nobody could have joined.
 *
 * It is a member already, as an observer, so that nothing but the question itself takes time.
 */

import { parseJson } from '@auki/canonical'
import { DiscoveryClient } from '@auki/domain'
import type { PeerAddresses, PeerRuntime } from '@auki/network'
import { startBarePeer } from './bare-peer.ts'

/** Between two questions to the one that the leaving Manager named, and to everybody else: each question is work for the one who is asked. */
const knockMs = 2
const knockElsewhereMs = 20
const request = { multiaddrs: [], authorization: '', observer: true }

/** What the hint that comes with a hand-over said last. */
interface Hint {
  peerId: string | undefined
}

export class Knocker implements AsyncDisposable {
  readonly #runtime: PeerRuntime
  /** Peer ids. */
  #others: readonly string[] = []
  readonly #over = new AbortController()
  #letInBy: string
  readonly #hint: Hint

  private constructor(runtime: PeerRuntime, managerPeerId: string, hint: Hint) {
    this.#runtime = runtime
    this.#letInBy = managerPeerId
    this.#hint = hint
  }

  /** Into the cluster, and connected to everybody. */
  static async at(cluster: string, discoveryUrl: string): Promise<Knocker> {
    const row = (await new DiscoveryClient(discoveryUrl).list()).find(({ name }) => name === cluster)
    if (row === undefined) throw new Error(`there is no cluster ${cluster}`)
    const { managerPeerId: peerId, managerMultiaddrs: multiaddrs } = row
    const hint: Hint = { peerId: undefined }
    const { runtime } = await startBarePeer({
      members: [{ peerId, multiaddrs }],
      membership: (_peer, { handoverTo }) => {
        if (handoverTo !== undefined) hint.peerId = handoverTo
      }
    })
    const knocker = new Knocker(runtime, peerId, hint)
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
      await new Promise((resolve) => setTimeout(resolve, peerId === this.#hint.peerId ? knockMs : knockElsewhereMs))
    }
    return new Promise(() => {})
  }
}

function membersOf(membershipJson: string): PeerAddresses[] {
  const { peers } = parseJson(membershipJson) as { peers: { peer_id: string; multiaddrs: string[] }[] }
  return peers.map(({ peer_id: peerId, multiaddrs }) => ({ peerId, multiaddrs }))
}
