/**
 * A peer of another make, for the tests: js-libp2p, and bytes written by hand.
 *
 * It does what the reference does, in both roles, and no more: documents without epoch and version, no compare-and-set, no watch. What comes from
 * the other side is kept as it came, so that a test can judge it.
 */
import { ForeignCarrier } from './carrier.ts'
import { ForeignDirectory } from './directory.ts'
import { ForeignNode } from './foreign-node.ts'
import { accept, type Form, infoResponse, joinRequest, readJoinRequest, readJoinResponse, reject } from './messages.ts'
import { domainClockOf, infoText, type Offer, offerOf } from './offers.ts'
import { type ForeignSubstream, type ProtocolName, protocols } from './substream.ts'
import { Feed } from './waiting.ts'
import { frame, readCompactJson, readJson, type Tree, textOf, writeJson } from './wire.ts'

export interface Member {
  readonly peer_id: string
  readonly multiaddrs: readonly string[]
  readonly join_ts_ns: bigint
  readonly successor_token: readonly bigint[]
}

export interface ForeignInit {
  /** Its key is this byte, 32 times. */
  readonly seed: number
  readonly discoveryUrl: string
  readonly clusterName: string
  /** How it writes join and info. Default: protobuf. */
  readonly form?: Form
}

/** A frame that came over a one-shot protocol; the peer is the one of the connection's handshake. */
export interface Sent {
  readonly peerId: string
  readonly payload: Uint8Array
  readonly substream: ForeignSubstream
}

/** A heartbeat carrier, and with whom. */
export interface Carrying {
  readonly peerId: string
  readonly carrier: ForeignCarrier
}

/** Its clock is far from everybody's, so that no reading of it can be taken for one of another clock. */
const clockOffsetNs = 4_000_000_000_000_000_000n
const domainOffsetNs = 123_456_789_012_345_678n

export class ForeignPeer implements AsyncDisposable {
  readonly node: ForeignNode
  readonly peerId: string
  readonly directory: ForeignDirectory
  readonly offer: Offer
  readonly form: Form
  /** What came over the one-shot protocols. */
  readonly came: Readonly<Record<Exclude<ProtocolName, 'heartbeat' | 'stream' | 'clock'>, Feed<Sent>>>
  /** Carriers that others opened to us. */
  readonly inbound = new Feed<Carrying>()
  /** Carriers that we opened. */
  readonly outbound = new Feed<Carrying>()
  members: readonly Member[] = []
  manager: string | undefined
  readonly #clusterName: string
  readonly #domainClock: Tree
  readonly #opening = new Set<string>()
  #ticking: NodeJS.Timeout[] = []
  #hangs = false

  private constructor(node: ForeignNode, { discoveryUrl, clusterName, form = 'protobuf' }: ForeignInit, offer: Offer, domainClock: Tree) {
    this.node = node
    this.peerId = node.peerId
    this.form = form
    this.offer = offer
    this.directory = new ForeignDirectory(discoveryUrl, clusterName)
    this.#clusterName = clusterName
    this.#domainClock = domainClock
    const feed = (): Feed<Sent> => new Feed()
    this.came = { join: feed(), leave: feed(), membership: feed(), info: feed(), resources: feed(), registries: feed(), diagnostic: feed() }
  }

  static async start(init: ForeignInit): Promise<ForeignPeer> {
    const node = await ForeignNode.start(init.seed)
    const offer = await offerOf(node.peerId, `session-${init.seed}`)
    const peer = new ForeignPeer(node, init, offer, await domainClockOf(init.clusterName, node.peerId, offer, domainOffsetNs))
    await peer.#serveAll()
    return peer
  }

  get isManager(): boolean {
    return this.manager === this.peerId
  }

  /** Its session clock. */
  nowNs(): bigint {
    return clockOffsetNs + BigInt(Math.round(performance.now() * 1e6))
  }

  /** The domain time of a cluster that it has created. */
  domainNowNs(): bigint {
    return this.nowNs() + domainOffsetNs
  }

  /** Create the cluster and be its Manager. */
  async create(): Promise<void> {
    const status = await this.directory.create(this.peerId, this.node.multiaddrs)
    if (status !== 201) throw new Error(`the create was answered ${status}`)
    this.reign([this.asMember()])
  }

  /** Be the Manager of these members: keep the row, which must name us already, beat, and tell them. */
  reign(members: readonly Member[]): void {
    this.manager = this.peerId
    this.members = members
    this.#ticking = [
      setInterval(() => this.directory.liveness(this.members.length).catch(() => {}), 250),
      setInterval(() => this.#carry(), 100)
    ]
    this.#carry()
    this.spread()
  }

  /** Push our document to all members, or to those that another document is for. */
  spread(document: string = this.document()): void {
    const message = writeJson({ manager_peer_id: this.peerId, membership_json: document, hue: 7 })
    for (const { peer_id } of this.members) if (peer_id !== this.peerId) this.node.tell(peer_id, 'membership', message).catch(() => {})
  }

  /** A document of ours. */
  document(members: readonly Member[] = this.members): string {
    return writeJson({ cluster_name: this.#clusterName, peers: members, colour: 'red' })
  }

  /** Join the cluster that the row names, and adopt the document of the Accept. */
  async join(authorization = ''): Promise<Tree> {
    const row = await this.directory.row()
    if (row === undefined) throw new Error(`there is no cluster ${this.#clusterName}`)
    await this.node.connect(row.manager_peer_id, row.manager_multiaddrs)
    const answer = await this.node.ask(row.manager_peer_id, 'join', joinRequest(this.form, this.node.multiaddrs, authorization))
    if (answer === undefined) throw new Error('the join was not answered')
    const response = readJoinResponse(this.form, answer)
    if ('reason' in response) throw new Error(`rejected: ${response.reason}`)
    this.manager = row.manager_peer_id
    return this.#adopt(response.document)
  }

  /** Everything stops but the connections: nobody is told, as with a machine that hangs. */
  hang(): void {
    for (const timer of this.#ticking) clearInterval(timer)
    this.#hangs = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hang()
    await this.node[Symbol.asyncDispose]()
  }

  /** What was wrong with the heartbeats that came, on any carrier. */
  get faults(): string[] {
    return [...this.inbound.all, ...this.outbound.all].flatMap(({ carrier }) => carrier.faults)
  }

  /** We, as a member that joins now. */
  asMember(): Member {
    const now = BigInt(Date.now()) * 1_000_000n
    return { peer_id: this.peerId, multiaddrs: this.node.multiaddrs, join_ts_ns: now, successor_token: [] }
  }

  #adopt(text: string): Tree {
    const document = readJson(text)
    this.members = document.peers
    return document
  }

  async #serveAll(): Promise<void> {
    await this.#serve('join', (sent) => this.#onJoin(sent))
    await this.#serve('leave', (sent) => this.#onLeave(sent))
    await this.#serve('membership', (sent) => this.#onPush(sent))
    await this.#serve('info', () => infoResponse(this.form, infoText(this.peerId, this.offer, this.nowNs(), this.manager)))
    await this.#serve('resources', () => writeJson({ resources: [this.offer.row], total: 1 }))
    await this.#serve('registries', ({ payload }) => this.#entry(readCompactJson(payload)))
    await this.#serve('diagnostic', () => undefined)
    await this.node.serve('heartbeat', (peerId, substream) => {
      this.inbound.push({ peerId, carrier: this.#carrier(substream) })
    })
  }

  /** Reads one frame, answers it where there is an answer, closes. */
  #serve(
    name: Exclude<ProtocolName, 'heartbeat' | 'stream' | 'clock'>,
    answer: (sent: Sent) => Uint8Array | string | undefined
  ): Promise<void> {
    return this.node.serve(name, (peerId, substream) => {
      const serving = substream.frame().then((payload) => {
        if (this.#hangs) return
        const sent = { peerId, payload, substream }
        const response = answer(sent)
        if (response !== undefined) substream.send(frame(response))
        substream.close()
        this.came[name].push(sent)
      })
      serving.catch(() => substream.abort())
    })
  }

  #onJoin({ peerId, payload }: Sent): Uint8Array {
    if (!this.isManager) return reject(this.form, 'not the manager')
    const { multiaddrs } = readJoinRequest(payload)
    const known = this.members.find(({ peer_id }) => peer_id === peerId)
    const member = { ...this.asMember(), ...known, peer_id: peerId, multiaddrs }
    this.members = known ? this.members.map((one) => (one === known ? member : one)) : [...this.members, member]
    queueMicrotask(() => this.spread())
    return accept(this.form, this.document())
  }

  #onLeave({ peerId }: Sent): Uint8Array | undefined {
    if (!this.isManager) return undefined
    this.members = this.members.filter(({ peer_id }) => peer_id !== peerId)
    queueMicrotask(() => this.spread())
    return new Uint8Array(0)
  }

  #onPush({ payload }: Sent): undefined {
    const { manager_peer_id, membership_json } = readJson(textOf(payload))
    this.manager = manager_peer_id
    this.#adopt(membership_json)
  }

  #entry({ kind, id, hash }: Tree): string {
    const entry = { clock: this.offer.clock, frame: this.offer.frame }[kind as string]
    if (entry === undefined || entry.id !== id || entry.hash !== hash) return '{"entry":null}'
    return writeJson({ entry: { kind, id, hash, canonical_json: entry.text, colour: 'red' } })
  }

  /** Opens the carriers that are missing. */
  #carry(): void {
    for (const { peer_id: peerId } of this.members) {
      if (peerId === this.peerId || this.#opening.has(peerId) || this.node.connection(peerId) === undefined) continue
      this.#opening.add(peerId)
      const carrying = this.node.open(peerId, protocols.heartbeat).then((substream) => {
        const carrier = this.#carrier(substream)
        this.outbound.push({ peerId, carrier })
        return carrier.over
      })
      carrying.catch(() => {}).finally(() => this.#opening.delete(peerId))
    }
  }

  #carrier(substream: ForeignSubstream): ForeignCarrier {
    const { id: clockId, hash: clockHash } = this.offer.clock
    const domainClock = (): Tree | undefined => (this.isManager ? this.#domainClock : undefined)
    return new ForeignCarrier(substream, { clockId, clockHash, nowNs: () => this.nowNs(), domainClock, hangs: () => this.#hangs })
  }
}
