/** What the processes of a chaos run and the script that torments them say to each other. Times are ns on the machine's one monotonic clock. */

export interface PeerInit {
  readonly cluster: string
  readonly discoveryUrl: string
  /** 32 bytes in hex. */
  readonly identitySeed: string
  /** Where its connections come from: an address of the loopback network that is its alone. */
  readonly sourceAddress: string
  /** The port at which the others reach it, not the one it listens on. */
  readonly gatePort: number
}

/** How a peer sees its cluster. */
export interface PeerView {
  readonly atNs: bigint
  readonly peerId: string
  readonly role: string
  readonly managerPeerId: string | undefined
  readonly epoch: number | undefined
  readonly version: number | undefined
  /** Join time by peer id, in the document's order; unix ns. */
  readonly members: ReadonlyMap<string, bigint>
  /** Who left the document since the view before, even if it is back. */
  readonly gone: readonly string[]
}

/** `isManager` was true whenever the peer looked, at both ends and every few ms between, with its document under this epoch. */
export interface Held {
  readonly epoch: number
  readonly fromNs: bigint
  readonly toNs: bigint
}

export type FromPeer =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'join-failed'; readonly code: string; readonly message: string; readonly tookMs: number }
  /** For the first time when it has joined, then when it changes. */
  | { readonly type: 'view'; readonly view: PeerView }
  | { readonly type: 'held'; readonly held: Held }
  /** The youngest clock sample, and with it the last heartbeat, of any peer is this old. */
  | { readonly type: 'heartbeat-age'; readonly ms: number }
  | ({ readonly type: 'streams' } & Streams)
  /** The presence is over; `code` says why when nobody had asked it to leave. */
  | { readonly type: 'over'; readonly code: string | undefined }

/** What came of the streams of all other members' ticks. */
export interface Streams {
  readonly sources: number
  /** How long ago the last tick came, where that is longest. */
  readonly oldestMs: number
  /** Ticks left out. */
  readonly missing: number
  readonly ended: number
}

/** `go`: join. `read`: the ticks of all others. `beat`: say how old the last heartbeat is, and how the streams are. */
export type ToPeer = 'go' | 'leave' | 'read' | 'beat'

export interface DiscoveryInit {
  /** 0: any. */
  readonly port: number
  readonly rowLifeMs: number
}

/** A change of a row, as the directory made it. */
export interface Commit {
  readonly atNs: bigint
  readonly what: 'created' | 'rotated' | 'refreshed' | 'swept' | 'deleted'
  /** Of the row after it, or of the row that is gone. */
  readonly revision: number
  readonly managerPeerId: string
}

export type FromDiscovery = { readonly type: 'listening'; readonly url: string } | { readonly type: 'commit'; readonly commit: Commit }
