/** Durations and caps of what surrounds the core, each under the file that uses it. */

// ---- peers.ts

/** Members that a message names; `details.candidates` has all. */
export const peersShownMax = 8

// ---- relay-service.ts

/** How often it is looked whether a cluster is there. ms */
export const clusterLookMs = 1_000
/** Pause after joining failed. ms */
export const relayJoinPauseMs = 2_000

// ---- diagnostics.ts

/** Messages kept; one more drops the oldest. */
export const inboxMax = 256
/** Of one sender; one more drops its oldest, so that nobody fills the inbox alone. */
export const inboxPerSenderMax = 64

// ---- driver.ts

/** The timer's shortest delay after a bug: a wake-up that always throws must not become a busy loop. */
export const alarmAfterBugMs = 1_000

// ---- events.ts

/** Events one reader may leave unread. */
export const unreadEventsMax = 256

// ---- health.ts

export const healthProbeMs = 100
/** A probe is reported to the core when it is this late. */
export const lagReportedMs = 250
/** Wall and monotonic time of one probe may differ by this much. */
export const clockJumpMs = 1_000
/** The app is told of halts that are at least this long. */
export const haltToldMs = 1_500

// ---- relay.ts

/** How long a relay that is named may take to have us, unless the app says otherwise. */
export const relayTimeoutMs = 10_000
/** How long all relays together may take that nobody has insisted on. ms */
export const anyRelayPlaceMs = 3_000
