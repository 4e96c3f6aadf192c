/** Every duration and every cap of the command line. */

// ---- Processes and signals.

/** A signal that comes again this soon is the same one: on Ctrl-C the terminal signals the whole process group, and npm passes on what it got itself. ms */
export const sameSignalMs = 100
/** How often to look whether the parent (npm) is still there. ms */
export const parentLookMs = 500
/** Of the stderr of a child process the end is kept. */
export const stderrCharsMax = 4_000

/** The longest a timer waits. ms */
export const timerMsMax = 2 ** 31 - 1

// ---- What people type.

/** The Discovery service where none is given, in the environment or by a context: `auki discovery` on this machine. */
export const discoveryPortDefault = 8080
export const discoveryUrlDefault = `http://127.0.0.1:${discoveryPortDefault}`

/** Longest duration that an option takes: a day. ms */
export const durationMsMax = 86_400_000
/** The longest life of a row that `auki discovery` can be set to grant: it keeps rows in memory. ms */
export const grantedLifeMsMin = 3_000
export const grantedLifeMsMax = 15_000

// ---- Waiting.

/** For a cluster to let us in, at least; `--timeout` can give it longer. ms */
export const joinDeadlineMs = 30_000

/** Who waits is told for what after so long. ms */
export const sayWaitingAfterMs = 1_000
/** How long Discovery may take to say what it knows, when somebody is to be told what is waited for. ms */
export const lookWhyMs = 1_000
/** How often to look for a cluster that is to come. ms */
export const lookForClusterMs = 500

// ---- Looking after this machine.

/** Where `auki relay` listens. */
export const relayPorts = [4001, 4002] as const
/** How often `auki doctor` asks Discovery. */
export const discoveryTries = 3
/** Answers that take longer are worth a word. ms */
export const slowDiscoveryMs = 500
/** Clocks that differ by more are, too. ms */
export const clockOffMsMax = 2_000
/** How long the first event may take; peers give it three seconds. ms */
export const eventStreamMs = 3_000
/** In how many clusters `auki doctor` looks for a relay, and how long joining each may take. ms */
export const clustersLookedAt = 3
export const lookInMs = 5_000
/** How long a relay may take to have us. ms */
export const relayPlaceMs = 10_000

/** How long Discovery may take to name its clusters while somebody types. ms */
export const completionAnswerMs = 1_000

// ---- Asking members.

/** From one ping to the next, and how long one is waited for. ms */
export const pingEveryMs = 1_000
export const pingAnswerMs = 5_000
/** How long `auki peers` waits for members that it does not reach. ms */
export const reachWithinMs = 3_000

/** How long a member may take to answer, attempts included. ms */
export const answerWithinMs = 10_000
/** Pauses between attempts; each is twice the one before, up to the longest. ms */
export const attemptPauseMsMin = 50
export const attemptPauseMsMax = 1_000
/** How long to wait for a clock sample of the peer whose log was opened: a measurement takes some ten round trips, over long paths some three of 700 ms. ms */
export const clockWaitMs = 5_000
/** How often to look for it meanwhile. ms */
export const clockLookMs = 20
/** How often to look for a peer that was started anew, and for its log. ms */
export const lookForPeerMs = 500
/** A peer that is there and has had no such log for so long will not have it again. ms */
export const noLogAfterMs = 30_000

// ---- Telling people.

/** A terminal that does not say how large it is. */
export const columnsDefault = 80
export const rowsDefault = 24
/** A line for people; longer ones are cut in the middle. */
export const lineCharsMax = 8_192
/** Where a line is broken, the next ones are indented by no more than that. */
export const hangColumnsMax = 24
/** A cell of a table, before it is looked at closer: as long as an id can be. */
export const cellCharsMax = 512
/** A column is not made narrower than that, unless all are. Columns of a terminal. */
export const columnWidthMin = 7
/** Marks that a letter can have; more are left out. */
export const marksMax = 4
/** From one picture of what goes on to the next. ms */
export const progressMs = 100
/** A rate is that of so long a time. ms */
export const rateWindowMs = 3_000
/** From one line about it to the next, where nothing can be drawn. ms */
export const progressLineMs = 5_000
/** Characters of an id that stand for it, as long as no other id ends so. */
export const shortIdChars = 4
/** Longer names of peers are cut in the middle. */
export const nameShownMax = 32
/** Peers that a message lists. */
export const candidatesToldMax = 10

/** From one frame of `auki watch` to the next. ms */
export const watchFrameMs = 1_000
/** From one table of `auki clock` to the next. ms */
export const clockTableMs = 1_000
/** How often `auki tail` prints rates. ms */
export const tailRateMs = 1_000

// ---- Logs of our own.

/** How far back the log of this peer's clock reaches. */
export const clockLogRetentionNs = 3_600_000_000_000n
/** What the log of a made-up sensor keeps. */
export const syntheticRetentionNs = 10_000_000_000n
/** How fast made-up sensors are. */
export const cameraHz = 30
export const lidarHz = 10
export const poseHz = 50

// ---- Recordings.

/** A record or an unpacked chunk of a file that is played; longer ones are left out. */
export const recordBytesMax = 256 * 1024 * 1024
/** Messages outside of chunks are read so many bytes at a time. */
export const blockBytesMax = 1024 * 1024
/** Chunks whose times overlap are held in memory up to so many bytes as they stand in the file; beyond, entries are no longer played in order of time. */
export const mergedBytesMax = 128 * 1024 * 1024
/** Logs that are made of what others recorded: one for each pair of frames, for instance. */
export const foreignTracksMax = 10_000
/** Log times of others from here on (the year 2001) are UTC: no machine has been up for so long. */
export const utcFromNs = 1_000_000_000_000_000_000n
/** From the last entry of a recording that is played in a loop to its first one. ns */
export const loopPauseNs = 100_000_000n
/** A log that is played in a loop keeps one pass, and no less than this. ns */
export const playRetentionNsMin = 10_000_000_000n
/** Places of damage that `auki play` tells one by one. */
export const sampledProblems = 5
/** The longest pause of `auki play`, unless `--max-gap` says otherwise. ms */
export const maxGapMsDefault = 5_000
/** How much faster or slower than it was a recording can be played. */
export const rateMax = 1_000
/** How often `auki record` looks at what the members have. ms */
export const lookAgainMs = 5_000
/** Gaps of a log that `auki record --json` spells out at the end; the file has all. */
export const gapsTold = 100

/** A chunk of a recording is written when it has so many bytes, or so long after its first message: more than that is never lost with the recorder. */
export const chunkBytesMax = 1024 * 1024
export const chunkMsMax = 1_000

/** A point of more fields is recorded as bytes. A field of several values counts as so many. */
export const pointFieldsMax = 1_000

// ---- The demo.

// A step that takes longer has failed. They are long because nobody waits for them but on a machine that is slow or busy, where a demo that gives up helps nobody.

/** For a process to start and join. ms */
export const demoStartMs = 60_000
/** For answers between peers that know each other. ms */
export const demoAnswerMs = 30_000
/** For another Manager: the row of the one that is gone lives three seconds, then the others ask for it. ms */
export const demoHealMs = 30_000
/** For streams to open and a rate to settle. ms */
export const demoFlowMs = 30_000
/** For the clocks of the survivors to be measured against each other. ms */
export const demoClocksMs = 45_000
/** How often the demo's onlooker tells of a stream. ms */
export const demoFlowTellMs = 500
/** How long processes may take to leave before they are killed. ms */
export const demoClearMs = 3_000
