/** One peer's core with the least world around it: a clock that stands until told, a Discovery that agrees, an event loop that turns at once. */
import {
  type ClusterDocument,
  type Effect,
  type Event,
  initialState,
  nextDeadline,
  type PeerId,
  presets,
  type Row,
  type State,
  step,
  view
} from '@auki/domain/core'

const clusterName = 'bench'
const formerManager = 'the-manager-before'
const me = 'the-peer-measured'
const startWallNs = 1_700_000_000_000_000_000n
/** Revisions of the row: the former Manager's reign, and ours. */
const formerRevision = 100
const ourRevision = 101

type JoinAnswer = Extract<Event, { type: 'join-answered' }>

/** The Manager's yes to a join. */
const accepted = (no: number, document: ClusterDocument): JoinAnswer => ({
  type: 'join-answered',
  no,
  outcome: { kind: 'accept', document }
})

/** As long as a real peer id. */
const memberId = (index: number): PeerId => `12D3KooW${String(index).padStart(44, 'A')}`

function clusterOf(members: number): ClusterDocument {
  const others = Array.from({ length: members - 2 }, (_, index) => memberId(index))
  return {
    clusterName,
    order: { epoch: formerRevision, version: 1 },
    peers: [formerManager, me, ...others].map((peerId, index) => ({
      peerId,
      multiaddrs: [`/ip4/10.0.${index >> 8}.${index & 255}/tcp/4001`],
      joinTsNs: startWallNs + BigInt(index),
      successorToken: [],
      observer: false
    }))
  }
}

export class CorePeer {
  #state: State
  #monoMs = 1_000
  /** Steps so far. */
  events = 0
  readonly #document: ClusterDocument
  #row = rowOf(formerManager, formerRevision)

  private constructor(members: number) {
    this.#document = clusterOf(members)
    this.#state = initialState(
      {
        self: { peerId: me, multiaddrs: ['/ip4/10.1.0.1/tcp/4001'], instance: me, observer: false, gated: false },
        target: { kind: 'join', name: clusterName },
        settings: { ...presets.lan, maxMembers: members },
        relayMultiaddrs: [],
        seed: 7
      },
      this.#now()
    )
  }

  /** A settled member of a cluster with so many members, all of them connected. */
  static follower(members: number): CorePeer {
    const peer = new CorePeer(members)
    peer.#post({ type: 'started' })
    peer.#post({ type: 'connected', peer: formerManager })
    for (const other of peer.others) if (other !== formerManager) peer.#post({ type: 'connected', peer: other })
    peer.heartbeat(formerManager)
    return peer.check('follower')
  }

  /** A confirmed Manager of so many members, all of them connected: the row of a cluster that it was a follower in was handed to it. */
  static manager(members: number): CorePeer {
    const peer = CorePeer.follower(members)
    peer.#row = rowOf(me, ourRevision)
    peer.#post({ type: 'watch-changed', change: 'rotated', row: peer.#row })
    for (const other of peer.others) peer.heartbeat(other)
    return peer.check('manager')
  }

  get others(): readonly PeerId[] {
    return this.#document.peers.map(({ peerId }) => peerId).filter((peerId) => peerId !== me)
  }

  get managerPeerId(): PeerId {
    return this.#row.manager
  }

  /** Time passes; whatever falls due on the way happens at its time. */
  advance(ms: number): void {
    const end = this.#monoMs + ms
    for (let at = nextDeadline(this.#state); at <= end; at = nextDeadline(this.#state)) {
      this.#monoMs = Math.max(this.#monoMs, at)
      this.#post({ type: 'woken' })
    }
    this.#monoMs = end
  }

  /** A member beats, and shows that it has the present document. */
  heartbeat(peer: PeerId): void {
    this.#post({ type: 'heartbeat-received', peer, membership: { epoch: this.#row.revision!, version: 1 } })
  }

  connection(peer: PeerId, change: 'connected' | 'disconnected'): void {
    this.#post({ type: change, peer })
  }

  /** Throws where it is not, or no longer, what it was made to be: the figures would be those of something else. */
  check(role: 'manager' | 'follower'): this {
    const { role: found, membership } = view(this.#state, this.#now())
    const [listed, expected] = [membership.peers.length, this.#document.peers.length]
    if (found === role && listed === expected) return this
    throw new Error(`the peer to be measured is ${found} of ${listed} members, not ${role} of ${expected}`)
  }

  #now() {
    return { monoMs: this.#monoMs, wallNs: startWallNs + BigInt(Math.round(this.#monoMs * 1e6)) }
  }

  #post(event: Event): void {
    const { state, effects } = step(this.#state, event, this.#now())
    this.#state = state
    this.events++
    for (const effect of effects) {
      const answer = this.#answer(effect)
      if (answer !== undefined) this.#post(answer)
    }
  }

  #answer(effect: Effect): Event | undefined {
    switch (effect.type) {
      case 'read-row':
        return { type: 'row-read', no: effect.no, outcome: { kind: 'row', row: this.#row }, versioned: true }
      case 'refresh-row':
        return { type: 'row-refreshed', no: effect.no, outcome: { kind: 'ok', row: this.#row } }
      case 'rotate-row':
        return { type: 'row-rotated', no: effect.no, outcome: { kind: 'ok', row: this.#row } }
      case 'request-join':
        return accepted(effect.no, this.#document)
      case 'turn-loop':
        return { type: 'loop-turned', no: effect.no }
      default:
        return undefined
    }
  }
}

const rowOf = (manager: PeerId, revision: number): Row => ({
  name: clusterName,
  manager,
  multiaddrs: ['/ip4/10.1.0.1/tcp/4001'],
  relayMultiaddrs: [],
  peerCount: 1,
  revision,
  sweepAfterMs: 3_000,
  instance: manager
})
