/** Durations and caps of the network that are no part of a protocol, each under the file that uses it; `protocols/limits.ts` has those. */

// ---- discovery/bad-multiaddrs.ts

/** Texts that are said; later ones are only counted. */
export const badMultiaddrsSaidMax = 256

// ---- discovery/client.ts

/** Whole request, answer included, unless the caller says otherwise. */
export const discoveryRequestMs = 2_000
/** Of one row, and of a list of rows. */
export const rowBytesMax = 262_144
export const listBytesMax = 33_554_432

// ---- discovery/watch-polls.ts

/** A watch that works brings its snapshot by then; one that does not brings what is too old to be shown. */
export const watchSnapshotMs = 3_000
export const watchPollMs = 1_000
/** Where looks fail, too, Discovery is away: their pauses grow, as those between two watches do. */
export const watchPollMaxMs = 10_000

// ---- discovery/watch.ts

/** A watch that brings nothing for so long, not even a comment, is opened anew. */
export const watchSilenceMs = 12_000
/** Pause before a watch is opened anew, doubling. */
export const watchReconnectMinMs = 500
export const watchReconnectMaxMs = 10_000
/** Of one event; more ends the watch. */
export const watchEventCharsMax = 262_144

// ---- exchange/chunks.ts

/** Chunks below this are copied into a block with others; a block has at most this many bytes. */
export const smallBytesMax = 1_024
export const blockBytesMax = 16_384

// ---- exchange/frames.ts

/** Bytes that are held while no frame is asked for; beyond that the substream is paused. */
export const readAheadBytesMax = 65_536

// ---- protocols/membership-entry.ts

/** A join time with as many digits as they have until the year 2286: documents are measured with it. */
export const someJoinTsNs = 1_000_000_000_000_000_000n

// ---- protocols/stream-entry-tail.ts

/** What comes after the payload of an entry: five fields at most, each with its tag. */
export const entryTailBytesMax = 60

// ---- protocols/stream-entry.ts

/** Up to this size a copy costs less than a second buffer in the transport. */
export const copiedPayloadBytesMax = 4_096
/** What comes before the payload of an entry, prefix included. */
export const entryHeadBytesMax = 40

// ---- runtime/auto-relay.ts

/** Pause before a relay that did not have us is asked again, doubling. */
export const relayAgainMinMs = 5_000
export const relayAgainMaxMs = 60_000

// ---- runtime/beside-dials.ts

/** Longest such dial, and how much of it connecting may take. */
export const besideDialMs = 10_000
export const besideConnectMs = 1_000

// ---- runtime/connections.ts

/** How long a graceful close may take before the connection is cut. */
export const connectionsCloseMs = 1_000

// ---- runtime/dial.ts

/** Head start of an address over the next one. */
export const dialLeadMs = 250

// ---- runtime/dialer.ts

/** Longest dial. Shorter where other hosts of the peer are still to be tried. */
export const memberDialMs = 10_000
export const dialTurnMs = 5_000
/** Connecting, while there is hurry, and at the direct addresses of a peer behind a relay. */
export const briefConnectMs = 1_000
/** Dials under way at once; the others wait. */
export const dialsMax = 128

// ---- runtime/doubts.ts

/** The end with the higher peer id dials so much later. ms */
export const higherIdWaitsMs = 400
/** A ping of a connection that nothing depends on may take so long. ms */
export const doubtPingMs = 2_000

// ---- runtime/gone.ts

/** Whoever is there refuses sooner than this; no answer is no refusal. */
export const refusalMs = 1_000

// ---- runtime/probe.ts

/** A connection is asked this long after it has brought anything. */
export const probeEveryMs = 20_000
/** Slow is not dead: a starved machine may take seconds, and so may a ping behind bulk data. */
export const probeAnswerMs = 10_000

// ---- runtime/push.ts

/** Messages under way to one peer: one that has more of them does not read them. */
export const pushesPerPeerMax = 8

// ---- runtime/reach.ts

/** Connecting to a relay on behalf of those behind it. */
export const relayDialMs = 10_000

// ---- runtime/relay.ts

/** Addresses of a relay that are told with a place there: the one at which we reached it, and those that it names first. */
export const toldPerRelayMax = 3

// ---- runtime/upgrades.ts

/** Pause before a direct dial, doubling. */
export const upgradePauseMinMs = 2_000
export const upgradePauseMaxMs = 300_000
export const upgradeDialMs = 5_000
/** A relayed connection is left for so long beside a direct one: what was asked over it is mostly answered by then. */
export const upgradeGraceMs = 1_000

// ---- runtime/visibility.ts

/** For a witness to answer. */
export const witnessAskMs = 5_000
/** Peers whose word is remembered. */
export const witnessesMax = 16

// ---- streams/intake.ts

/** Fewer frames than `streamHandOffMax` wait when they are large. */
export const handOffBytesMax = 4 * 1_048_576

// ---- streams/notices.ts

/** Notices that are kept for readers that come late or are slow. */
export const noticesKeptMax = 64

// ---- streams/pieces.ts

/** With the muxer's header a piece fills one encrypted message (65,535 bytes) and does not begin a second one. */
export const pieceBytesMax = 65_507
/** The same for what is cut, not copied: messages of 16 KiB are encrypted, read and put together in memory that is used again, larger ones in new memory each. */
export const cutPieceBytesMax = 16_355
/** Up to this size copying a payload costs less than handing it to the cipher on its own. */
export const copiedBytesMax = 16_384

// ---- streams/serving.ts

/** Characters of an error's message that the consumer is told. */
export const refusalDetailCharsMax = 1_000

// ---- swarm/address-parts.ts

/** A longer text is no address. */
export const multiaddrCharsMax = 512

// ---- swarm/relaying/relay-server.ts

/** Connections of one guest to Managers at a time. */
export const guestCircuitsMax = 4

// ---- swarm/swarm.ts

/** How long connections may take to close before they are cut. */
export const swarmCloseMs = 500

// ---- streams/confirmed.ts

/** Beside the smallest round trip: what was sent longer ago is confirmed before another entry is begun. */
export const unconfirmedMs = 100
/** Round trips that are longer by this are not the smallest one. */
export const confirmedJitterMs = 50
/** If the smallest round trip was not seen for so long, the way may have become longer. */
export const shortestTripSeenMs = 1_000
/** Times that are kept: a consumer may confirm nothing at all. */
export const unconfirmedMarksMax = 256
/** Confirmations beyond one per entry and per `streamConfirmationMs`, since some may come at once. */
export const extraConfirmationsMax = 64

// ---- streams/opening.ts

/** Confirmations, fewer than may be: each takes a packet of the way back. */
export const confirmEveryMs = 30
/** The same where all entries are wanted: then nothing waits for them. */
export const confirmAllEveryMs = 250

// ---- streams/send-gate.ts

/** A stream keeps its turn for so much of what it has begun. */
export const turnBytesMax = 65_536

// ---- swarm/turns/delivery-rate.ts

/** A rate is taken over so long at least, ms: less, and it is that of a burst. */
export const rateSpanMinMs = 100
/** The largest one counts for so long at least, ms. */
export const rateRecentMs = 1_000

// ---- swarm/turns/flight.ts

/** A round takes so long at least, ms: on a fast path a single trip would be one. */
export const flightRoundMinMs = 50
/** Where a way that was no longer than this has become shorter, nothing is gained by looking how short. */
export const longWayMs = 50
/** A trip on a long way that is longer than it should be counts after so many rounds of it. */
export const swayRoundsMax = 3
