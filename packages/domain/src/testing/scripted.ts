/** A peer's core under script: a test says what happens and when, and reads what the peer wants done. */
import {
  type ClusterDocument,
  type Effect,
  type Event,
  initialState,
  nextDeadline,
  presets,
  type Row,
  type Settings,
  type State,
  step,
  type Target,
  view
} from '../core/index.ts'

export const me = 'peer-a'
export const clusterName = 'lab'
export const ownAddresses: readonly string[] = ['/ip4/10.0.0.9/tcp/9']

/** A row of ours is as we write it. */
export function row(manager: string, revision: number | undefined, more: Partial<Row> = {}): Row {
  const ours = manager === me
  const base = {
    name: clusterName,
    manager,
    multiaddrs: ours ? ownAddresses : [`/ip4/10.0.0.1/tcp/1/p2p/${manager}`],
    relayMultiaddrs: [],
    peerCount: 1,
    instance: ours && revision !== undefined ? 'mine' : ''
  }
  return { ...base, ...(revision === undefined ? {} : { revision, sweepAfterMs: 3_000 }), ...more }
}

/** `join_ts_ns` grows with the place in the list. */
export function documentOf(peers: readonly string[], epoch?: number, version = 1, observers: readonly string[] = []): ClusterDocument {
  return {
    clusterName,
    order: epoch === undefined ? undefined : { epoch, version },
    peers: peers.map((peerId, index) => ({
      peerId,
      multiaddrs: peerId === me ? ownAddresses : [`/ip4/10.0.0.2/tcp/${index + 1}`],
      joinTsNs: 1_700_000_000_000_000_000n + BigInt(index),
      successorToken: [],
      observer: observers.includes(peerId)
    }))
  }
}

export class ScriptedPeer {
  state: State
  monoMs = 1_000
  /** What the wall clock is ahead of the monotonic one, in ms. */
  wallAheadMs = 0
  /** Everything wanted since `take` was last called. */
  #effects: Effect[] = []

  constructor(
    target: Target,
    settings: Partial<Settings> = {},
    self: { observer?: boolean; gated?: boolean; name?: string; addresses?: readonly string[]; relays?: readonly string[] } = {}
  ) {
    this.state = initialState(
      {
        self: {
          peerId: me,
          multiaddrs: self.addresses ?? ownAddresses,
          instance: 'mine',
          observer: self.observer ?? false,
          gated: self.gated ?? false,
          ...(self.name !== undefined && { name: self.name })
        },
        target,
        settings: { ...presets.lan, ...settings },
        relayMultiaddrs: self.relays ?? [],
        seed: 7
      },
      this.now()
    )
  }

  now() {
    return { monoMs: this.monoMs, wallNs: 1_700_000_000_000_000_000n + BigInt(Math.round((this.monoMs + this.wallAheadMs) * 1e6)) }
  }

  post(event: Event): void {
    const { state, effects } = step(this.state, event, this.now())
    this.state = state
    this.#effects.push(...effects)
  }

  /** Time passes; the alarm goes off at every deadline on the way. */
  advance(ms: number): void {
    const end = this.monoMs + ms
    for (let at = nextDeadline(this.state); at <= end; at = nextDeadline(this.state)) {
      this.monoMs = Math.max(this.monoMs, at)
      this.post({ type: 'woken' })
    }
    this.monoMs = end
  }

  /** The effects of one kind since the last `take`; forgets all others. */
  take<T extends Effect['type']>(type: T): Extract<Effect, { type: T }>[] {
    const wanted = this.#effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type)
    this.#effects = []
    return wanted
  }

  /** The one effect of its kind that is still to be answered. */
  takeOne<T extends Effect['type']>(type: T): Extract<Effect, { type: T }> {
    const wanted = this.take(type)
    if (wanted.length !== 1) throw new Error(`expected one ${type}, got ${wanted.length}`)
    return wanted[0]!
  }

  /** All effects since the last `take`. */
  peek(): readonly Effect[] {
    return this.#effects
  }

  kinds(): string[] {
    return this.#effects.map((effect) => effect.type)
  }

  view() {
    return view(this.state, this.now())
  }

  heartbeat(peer: string, membership?: { epoch: number; version: number }, instance?: string): void {
    const extras = { ...(membership === undefined ? {} : { membership }), ...(instance === undefined ? {} : { instance }) }
    this.post({ type: 'heartbeat-received', peer, ...extras })
  }

  receive(author: string, document: ClusterDocument, more: { peer?: string; handoverTo?: string } = {}): void {
    const { peer = author, handoverTo } = more
    if (handoverTo !== undefined) this.post({ type: 'handover-hinted', peer })
    this.post({ type: 'document-received', peer, author, document })
  }

  request(peer: string, ticket: number, more: Partial<Extract<Event, { type: 'join-requested' }>> = {}): void {
    const asked = { multiaddrs: [`/ip4/10.0.0.3/tcp/${ticket}`], authorization: '', observer: false }
    this.post({ type: 'join-requested', ticket, peer, ...asked, ...more })
  }

  answerRead(outcome: Extract<Event, { type: 'row-read' }>['outcome'], versioned = true): void {
    const effect = this.#effects.findLast((wanted) => wanted.type === 'read-row' || wanted.type === 'read-newest-row')
    if (effect === undefined) throw new Error('nobody asked for the row')
    this.post({ type: 'row-read', no: effect.no, outcome, versioned })
  }

  /** A Manager of its own cluster with these members besides itself, all connected. */
  static manager(
    others: readonly string[] = [],
    settings: Partial<Settings> = {},
    self: { gated?: boolean; name?: string } = {}
  ): ScriptedPeer {
    const peer = new ScriptedPeer({ kind: 'create', name: clusterName }, settings, self)
    peer.post({ type: 'started' })
    const { no } = peer.takeOne('create-row')
    peer.post({ type: 'row-created', no, outcome: { kind: 'created', row: row(me, 100, { instance: 'mine' }) } })
    others.forEach((other, index) => {
      peer.monoMs += 1
      peer.post({ type: 'connected', peer: other })
      peer.post({ type: 'admit-called', ticket: 1_000 + index, peer: other, multiaddrs: [`/ip4/10.0.0.4/tcp/${index}`] })
    })
    peer.take('push')
    return peer
  }

  /** A settled member of a cluster that `peer-m` manages under revision 100. */
  static follower(
    members: readonly string[] = ['peer-m', me],
    settings: Partial<Settings> = {},
    self: { observer?: boolean; gated?: boolean } = {}
  ): ScriptedPeer {
    const peer = new ScriptedPeer({ kind: 'join', name: clusterName }, settings, self)
    peer.post({ type: 'started' })
    peer.answerRead({ kind: 'row', row: row('peer-m', 100, { peerCount: members.length }) })
    peer.post({ type: 'connected', peer: 'peer-m' })
    const { no } = peer.takeOne('request-join')
    const document = documentOf(members, 100, 1, self.observer ? [me] : [])
    peer.post({ type: 'join-answered', no, outcome: { kind: 'accept', document } })
    peer.heartbeat('peer-m')
    peer.take('joined')
    return peer
  }
}
