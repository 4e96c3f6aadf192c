/**
 * Every limit and deadline of the wire protocols, in one place.
 *
 * What can wait on the other side is timed; what a peer can make us hold is bounded. Frame caps are part of the protocols and fixed;
 * deadlines and inbound limits are defaults. Units are the last part of a name.
 */

// Frame caps: the largest payload of one frame, without its 4-byte prefix.

/** `/auki/join/0.0.1` */
export const joinFrameBytesMax = 1_048_576
/** `/auki/leave/0.0.1` */
export const leaveFrameBytesMax = 65_536
/** `/auki/membership/0.0.1` */
export const membershipFrameBytesMax = 1_048_576
/** `/auki/heartbeat/0.0.1` */
export const heartbeatFrameBytesMax = 1_024
/** `/auki/clock/0.0.1` */
export const clockFrameBytesMax = 1_024
/** `/auki/info/0.0.1` */
export const infoFrameBytesMax = 65_536
/** `/auki/resources/0.2.0` */
export const resourcesFrameBytesMax = 1_048_576
/** `/auki/registries/0.2.0` */
export const registriesFrameBytesMax = 65_536
/** `/auki/seen/0.0.1` */
export const seenFrameBytesMax = 1_024
/** `/auki/diagnostic/0.0.1` */
export const diagnosticFrameBytesMax = 65_536
/** `/auki/stream/0.2.0` */
export const streamFrameBytesMax = 16_777_216

// Deadlines. A *phase* is opening the substream, writing the request, or reading the answer: each has the whole time.

/** Join, joiner: open, write and read, each. */
export const joinClientPhaseMs = 10_000
/** Join, Manager: read the request, else reset. */
export const joinServerReadMs = 5_000
/** Join, Manager: the owner's decision, else Reject. */
export const joinOwnerMs = 10_000
/** Leave, leaver: open, write and read, each; then it counts as left. */
export const leaveClientPhaseMs = 2_000
/** Leave, Manager: read the request. */
export const leaveServerReadMs = 5_000
/** Leave, Manager: the owner's go-ahead, else a silent close. */
export const leaveOwnerMs = 10_000
/** Info, resources, registries, client: open, write and read, each. */
export const requestClientPhaseMs = 5_000
/** Info, resources, registries, server: read the request, else reset. */
export const requestServerReadMs = 5_000
/** Info, resources, registries, server: the owner's answer, else a silent close. */
export const requestOwnerMs = 2_000
/** Seen, either way: open, write and read, each on the asking side; read the question and answer it, each on the other. Whoever asks a suspect has it for all of that. */
export const seenMs = 1_000
/** Membership, diagnostic, sender: open and write, each. */
export const pushPhaseMs = 5_000
/** Membership, diagnostic, receiver: read the frame, else reset. */
export const pushServerReadMs = 5_000
/** Stream, consumer: wait while all places at a peer are taken and none becomes free. */
export const streamQueueMs = 30_000
/** Stream, consumer: a broken stream is not opened again once its peer was no member for this long. */
export const streamAbsenceMs = 30_000
/** Stream, consumer: pause between two attempts to open a broken stream again, and for how long one must have held to count as whole. */
export const streamResumePauseMinMs = 100
/** The pause doubles up to this. */
export const streamResumePauseMaxMs = 5_000
/** Stream, consumer: open the substream. */
export const streamOpenMs = 30_000
/** Stream, consumer: write the request. */
export const streamRequestWriteMs = 5_000
/** Stream, consumer: read the first reply. */
export const streamFirstReplyMs = 30_000
/** Stream, producer: read the request, else reset. */
export const streamServerReadMs = 10_000
/** Any server: write its answer, else reset. */
export const answerWriteMs = 5_000
/** Clock, either side: all questions of a substream and their answers, else reset. */
export const clockExchangeMs = 5_000
/** Clock, asking: so much for each question of a row. A row that takes longer, as over long paths, ends early with what came, and before `clockExchangeMs`. */
export const clockQuestionMs = 60
/** One beat per side and carrier. */
export const heartbeatIntervalMs = 500
/** A beat whose write takes this long is reported. */
export const heartbeatStallMs = 500
/** Attempts to open one carrier before it is reported closed. */
export const heartbeatOpenAttemptsMax = 5
/** Pause between two of those attempts. */
export const heartbeatOpenPauseMs = 50
/** Redials and carriers are looked at this often, the first time at once. */
export const reconnectTickMs = 500
/** First pause between two dials of one peer. */
export const redialBackoffMinMs = 1_000
/** The pause doubles up to this. */
export const redialBackoffMaxMs = 60_000
/** Each pause is shortened or lengthened by up to this share. */
export const redialJitterRatio = 0.2
/** Distinct hosts that one dial of a peer tries; the next dial tries the next ones. */
export const dialHostsMax = 4
/** Dials of peers a second, on the average; the Manager that the row names is not counted. */
export const dialsPerSecondMax = 200
/** Dials that may come at once. */
export const dialsBurstMax = 1_024
/** Other addresses of a member are dialled at most this often; the last ones count. */
export const dialAddressesChangeMs = 5_000
/** Followers that hear of each other spread their dials over this … */
export const dialLeisureMs = 1_000
/** … and so much later the one that should have been dialled dials itself. */
export const dialSecondMs = 400
/** Connections that something depends on are looked at this often: have they fallen silent? */
export const doubtTickMs = 250
/** No more is dialled beside so many silent connections to one peer. */
export const besideConnectionsMax = 3
/** A peer whose process seems gone is asked for twice, this far apart. */
export const goneRetryMs = 500
/** One without any address counts as gone when it has been away for this long. */
export const goneAddresslessMs = 3_000
/** A connected stranger without a join request is let go after this. */
export const strangerGraceMs = 30_000
/** At shutdown streams may still send their typed end for this long. */
export const shutdownGraceMs = 100

// Relays: what one of ours carries for others, and what those do who are reached through one.

/** Members that a relay has places for, unless it is told otherwise. */
export const relayMembersMax = 64
/** kbit/s that each member may send through a relay, unless that is told otherwise. */
export const relayKbitPerMember = 8_000
/** A place of a member ends when it was not renewed for this long; the connection mostly ends before. */
export const relayPlaceMs = 3_600_000
/** A place, and a connection to the Manager, of a peer that is no member. */
export const relayGuestMs = 30_000
/** Bytes in both directions of such a connection, until its peer is admitted. */
export const relayGuestBytesMax = 262_144
/** Places of peers that are no members, and all places of a relay open to everybody, per IP address. */
export const relayPlacesPerAddressMax = 8
/** Bytes of a message between a relay and its guests. */
export const relayMessageBytesMax = 4_096
/** A relay and its guests: everything that is said before data flows. */
export const relayHopMs = 10_000
/** Addresses of a relay that are told along with a place there. */
export const relayAddressesMax = 8
/** How often a place is renewed. */
export const relayRenewMs = 15_000
/** First pause before a lost place is taken again. */
export const relayRetakeMinMs = 500
/** The pause doubles up to this. */
export const relayRetakeMaxMs = 2_000
/** A lost place is announced for this long: most come back sooner. */
export const relayLostMs = 8_000
/** After a place was taken again, members behind relays are dialled with every tick for this long. */
export const relayEagerMs = 10_000

// Inbound limits, counted from negotiation on. Over a limit the new substream is reset; nothing queues.

/** Join and leave substreams not yet answered, per peer. */
export const admissionInboundPerPeerMax = 2
/** Join and leave substreams not yet answered, of all peers. */
export const admissionInboundMax = 64
/** Info, clock, resources, registries, seen, membership and diagnostic substreams not yet answered, together, per peer. */
export const requestInboundPerPeerMax = 32
/** The same, of all peers. */
export const requestInboundMax = 512
/** Stream substreams whose request is not yet read, per peer. */
export const streamPendingPerPeerMax = 8
/** The same, of all peers. */
export const streamPendingMax = 128
/** Live stream substreams, per peer. */
export const streamLivePerPeerMax = 64
/** Live stream substreams, of all peers. */
export const streamLiveMax = 1_024
/** Bytes buffered in unfinished inbound frames of all protocols but stream, per peer. */
export const inboundBufferedPerPeerBytesMax = 2 * 1_048_576
/** The same, of all peers. */
export const inboundBufferedBytesMax = 32 * 1_048_576
/** A peer whose messages took us so many ms is not read for this many times as long. */
export const decodeRestRatio = 4
/** Nor for longer than this: on a starved machine a short message can seem to take long. */
export const decodeRestMaxMs = 2_000
/** Connected strangers; the longest-idle goes first. */
export const strangersMax = 128

// What one message may hold, beyond its frame.

/** Addresses of a join request that are read, the first ones: reading one takes up to a millisecond, and anybody may ask to join. */
export const joinMultiaddrsMax = 16
/** Bytes of a join request in its JSON form: twice the largest legal one. The protobuf form may have a whole frame, for long authorizations. */
export const joinJsonBytesMax = 65_536
/** Bytes of a stream's request, which holds an id and some numbers. */
export const streamRequestBytesMax = 65_536
/** Bytes of a consumer's confirmation, which holds one number. */
export const streamConfirmationBytesMax = 64
/** Protobuf records in a join request. */
export const joinRecordsMax = 4_096
/** JSON values in a join request or its answer; keys do not count, here and below. */
export const joinValuesMax = 300
/** JSON values in a heartbeat and in the name of a clock: nearly twice those of the largest heartbeat. */
export const heartbeatValuesMax = 40
/** JSON values in an info message, and in the participant's info inside. */
export const infoValuesMax = 200
/** JSON values in a question whether a peer is seen, and in its answer. */
export const seenValuesMax = 10
/** JSON values around a membership document, and in a registries message. */
export const envelopeValuesMax = 40
/** Members of a cluster: the document's frame, and how much a node may hold, are made for so many. */
export const membersMax = 1_024
/** JSON values in a membership document: 1,024 members with all their fields, 16 addresses and a token of 32 bytes each. */
export const documentValuesMax = 65_536
/** Bytes of a member's line of the document, as escaped JSON and with its comma: 1,024 of them fit into one frame. */
export const entryBytesMax = 960
/** Addresses in a member's line. */
export const addressesMax = 16
/** Characters of an address in a member's line, unless it is the only one. */
export const addressCharsMax = 256
/** JSON values in a catalog, and in a request for one: of as many rows as may be, each with as many values as a row of ours can have, and some that are not ours. */
export const catalogValuesMax = 131_072
/** Rows of a catalog: the shortest legal row has about 300 bytes, and a frame holds no more of those. */
export const catalogRowsMax = 4_096
/** JSON values in a row of Discovery: twice those of the largest legal one. */
export const discoveryRowValuesMax = 100
/** JSON values in a list of Discovery: of 10,000 rows with 32 addresses each. */
export const discoveryListValuesMax = 500_000
/** Characters of an id in a catalog. */
export const idCharsMax = 512
/** Characters of a peer's name. */
export const nameCharsMax = 128
/** Characters of an instance in a join request or a heartbeat, as in a Discovery row; a longer one counts as not said. */
export const instanceCharsMax = 64
/** UTF-16 code units of a multiaddr in a message. */
export { multiaddrCharsMax } from '@auki/identity'

// What we hold and how we write.

/** Bulk data goes out in pieces of at most this, with a drain between, so that heartbeats on the same connection get through. */
export const bulkPieceBytesMax = 65_536
/** Questions about a clock over one substream; the next one resets it. */
export const clockQuestionsMax = 64
/** Sent heartbeats remembered per substream, to pair with their echo. */
export const heartbeatSentMax = 64
/** Stream, consumer: at most one confirmation in this time. */
export const streamConfirmationMs = 20
/** Received entries a subscription holds for its reader. */
export const streamHandOffMax = 8
