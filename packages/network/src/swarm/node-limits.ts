/**
 * libp2p's own limits, set on purpose.
 *
 * Its defaults (5 inbound connections a second per host, 10 pending, 300 in all, 32 substreams per protocol) are meant for one node in a large
 * open network. Ours is a Manager with 1,024 members, possibly all on one host or behind one address. What a stranger may cost is bounded by the
 * runtime, which knows who is a member; the limits here keep a flood away from it.
 */
import type { Libp2pOptions } from 'libp2p'
import { membersMax } from '../protocols/limits.ts'

/** Both ends of a pair may have dialled each other. */
const connectionsPerMemberMax = 2
const strangersHeadroom = 256

export const connectionManagerInit: NonNullable<Libp2pOptions['connectionManager']> = {
  maxConnections: membersMax * connectionsPerMemberMax + strangersHeadroom,
  // A restarted cluster on one host, or behind one router, comes back all at once.
  inboundConnectionThreshold: membersMax * connectionsPerMemberMax,
  maxIncomingPendingConnections: membersMax,
  maxDialQueueLength: membersMax * connectionsPerMemberMax,
  // One address that swallows packets must not use up the whole dial.
  addressDialTimeout: 3_000,
  dialTimeout: 10_000,
  inboundUpgradeTimeout: 10_000,
  inboundStreamProtocolNegotiationTimeout: 5_000,
  // Redialling is the runtime's; libp2p would do it behind its back.
  reconnectRetries: 0
}

/**
 * A substream that is not read yet may hold one window. The buffer must be the larger of the two: libp2p resets a substream whose peer merely uses the
 * window it was given.
 */
const windowBytesMax = 1_048_576

export const muxerInit = {
  // 64 streams, 32 requests, a carrier and what comes and goes: several times what one peer needs.
  maxInboundStreams: 256,
  maxOutboundStreams: 1_024,
  // Both ends open several substreams at once as soon as the connection stands.
  maxEarlyStreams: 64,
  streamOptions: { maxStreamWindowSize: windowBytesMax, maxReadBufferLength: windowBytesMax + 65_536 }
}

/** How long to wait for a transport that names its addresses late, and for the name of Discovery's host, if the caller does not say; ms. */
export const addressWindowMs = 1_000

/** How our own addresses are watched; see `address-watch.ts`. ms */
export const addressWatch = {
  /** From one look to the next: it reads the list of interfaces, which takes a fraction of a millisecond. */
  lookMs: 1_000,
  /** Nothing has changed for so long: an interface that comes up gets its addresses one after the other. */
  settledMs: 2_000,
  /** Where something changes all the time, it is told nevertheless. */
  restlessMaxMs: 10_000
} as const

/** What handling bytes may take of a turn of the event loop, and of all time; see `patches/pacing.ts`. */
export const pace = {
  /** All members together, ms a turn. */
  membersTurnMs: 20,
  /** All others together, their handshakes included. */
  strangersTurnMs: 10,
  /** ms of rest per ms of work, for a connection that is no member's … */
  strangerRestRatio: 4,
  /** … beyond this, which connecting takes even on a busy machine, ms. */
  strangerBurstMs: 100,
  /** ms of rest per ms of work, for a member's connection that opens substreams … */
  memberRestRatio: 1,
  /** … beyond this, which opening all its streams at once takes, ms. */
  memberBurstMs: 250,
  /** Longest time that is counted for one piece of work, ms: on a starved machine anything can seem to take long. */
  chargeMaxMs: 50
} as const

/** Answers in one protocol negotiation, the last one included; see `answers.ts`. */
export const answersMax = 16

/** How the frames of one connection are handled; see `patches/paced-frames.ts`. */
export const framePace = {
  sliceMs: 2,
  openingsPerSlice: 8,
  closingMs: 20,
  unfinishedBytesMax: windowBytesMax + 65_536,
  unansweredMax: 4_096
} as const

/** By how much the queue on the way to a peer may be longer for streams that are more urgent than bulk, ms; see `exchange/uplink.ts`. */
export const moreQueueMs = { control: 240, pose: 120, bulk: 0 } as const
/** By how much it must be shorter before bulk begins another entry, ms. */
export const lessQueueMs = 15

/** How many bytes of streams may be in flight on one connection; see `turns/flight.ts`. */
export const flightRules = {
  queueMinMs: 20,
  queueMaxMs: 75,
  /** Some packets: with less, a machine that is busy for a moment would look like a path that takes nothing. */
  windowMinBytes: 5_600,
  windowFirstBytes: 65_536,
  windowMaxBytes: 64 * 1_048_576
} as const

/** How the bytes in flight are measured; see `exchange/uplink.ts`. */
export const flightMarks = {
  /** Between two marks, unless a piece was sent. */
  everyMs: 20,
  /** The same where no queue has shown yet. */
  freeEveryMs: 50,
  /** The same while less than a packet was sent: then the mark would be a packet of its own for little. */
  fewEveryMs: 100,
  unansweredMax: 16,
  /** Unanswered ones while it is looked how long the path is without a queue. */
  clearMax: 4,
  /** While nothing else is sent. */
  repeatMs: 1_000,
  /** A peer that has answered none by then answers none at all. */
  answerMs: 5_000,
  /** What one packet takes: a piece has no fewer bytes, however slow the path is. */
  pieceBytesMin: 1_350
} as const

/** Per connection and protocol; the runtime's own caps are per peer and far lower. */
export const substreamLimits = { maxInboundStreams: 256, maxOutboundStreams: 1_024, runOnLimitedConnection: true } as const

export const relayTransportInit = { maxInboundStopStreams: membersMax, maxOutboundStopStreams: membersMax }

/** What a relay that knows no cluster carries, per connection: libp2p's own defaults, in bytes and milliseconds. */
export const relayedLimit = { data: 131_072n, duration: 120_000 }

/** Substreams with one peer that a relay holds: one for each connection that it carries. */
export const hopLimits = { maxInboundStreams: 128, maxOutboundStreams: 256 } as const
