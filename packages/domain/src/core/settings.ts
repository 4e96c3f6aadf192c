/** Every number of the protocol's rules, in one place. Durations in ms. */

export type PresetName = 'lan' | 'wifi' | 'robust'

/** What an app may set. */
export interface Settings {
  /** A watched peer silent for longer is lost. */
  readonly peerLossTimeoutMs: number
  /** Time in which this machine could not listen does not count as a peer's silence. */
  readonly localHealthGuard: boolean
  /**
   * How long a row lives that we create or take over: a Manager that dies is replaced no sooner, one that loses Discovery for less keeps its role.
   * `undefined`: as long as the service gives it, and one that stands keeps its life.
   */
  readonly rowLifeMs: number | undefined
  /** All attempts of one join together. Of the default or more it is at least the row's life and 10 s: a dead Manager's row is outlived. */
  readonly joinDeadlineMs: number
  /** How long one who knew a cluster of several leaves its name to the members after the row went. */
  readonly joinerGraceMs: number
  /** Pause between two reads of the row while nobody is settled on, ± 25 %. */
  readonly rowRecheckMs: number
  /** One candidate's turn in an election, plus 0 to 500 ms. */
  readonly electionTurnMs: number
  /** Members a Manager admits at most: 1 to 1,024. */
  readonly maxMembers: number
  /** Keep a watch on the cluster's row. */
  readonly watch: boolean
}

/** Of so much or more a join deadline is nobody's wish to fail early. */
export const joinDeadlineDefaultMs = 30_000

const base = {
  localHealthGuard: true,
  joinDeadlineMs: joinDeadlineDefaultMs,
  joinerGraceMs: 8_000, // members take 6 s at most
  rowRecheckMs: 2_000,
  electionTurnMs: 1_500,
  maxMembers: 1_024, // no more: the network is made for so many
  watch: true
}

export const presets: Readonly<Record<PresetName, Settings>> = {
  lan: { ...base, rowLifeMs: 3_000, peerLossTimeoutMs: 1_500 }, // three missed heartbeats: a wired or good wireless network
  wifi: { ...base, rowLifeMs: 6_000, peerLossTimeoutMs: 6_000 }, // bursts of loss, and changes of the access point, take seconds: neither costs a member nor the Manager its place
  robust: { ...base, rowLifeMs: undefined, peerLossTimeoutMs: 15_000 } // a robot that starves for CPU or roams for 10 s is still a member; asks Discovery for nothing new
}

/** Between two liveness checks where the row lives 3 s or longer; a third of the row's life where that is less. */
export const LIVENESS_CHECK_INTERVAL_MS = 1_000

export const rowLifeUnsaidMs = 3_000 // where the row does not say
export const contestedLifeMs = 3_000 // of a lease, once a member's document shows a higher reign
export const rowLifeMinMs = 3_000 // can be asked for of Discovery, at least
export const rowLifeMaxMs = 60_000 // and at most
export const joinBeyondLifeMs = 10_000 // after a dead Manager's row: members come first, then the new Manager is asked
export const leaseShare = 0.99 // of the row's life: clocks run apart by less than 1 %
export const clockStepMs = 1_000 // wall and monotonic progress may differ by this before a lease is void
export const livenessLateMs = 2_000 // an answer this long after its send still renews
export const discoveryRequestMs = 2_000
export const silentDiscoveryMs = 10_000 // without an answer: ask with GET, so that a row that nobody can hold is swept
export const heardMs = 1_500 // a heartbeat this recent means "heard"
export const scanMs = 750
export const witnessesMax = 3 // members asked whether they see one that we don't
export const witnessMs = 1_500 // for them to answer
export const verdictPostponedMaxMs = 15_000
export const joinConnectMs = 10_000
export const roundPauseMs = { first: 250, max: 2_000, jitter: 0.25 }
export const writePauseMs = { first: 250, max: 2_000 } // before a second write to Discovery within an interval, doubling
export const troubleRecheckMs = 1_000 // before the row is looked at again where Discovery did not answer
export const rejoinConnectMs = 1_000 // then dialled again: a dial under way goes on
export const rejoinPauseMs = { first: 500, max: 1_000, jitter: 0.25 }
export const rejoinRefusedMs = 60_000 // a gate said no: asking more often changes nothing
export const electionSettleMs = 100
export const electionTurnSpreadMs = 500
export const electionTurnsMax = 2 // then everybody creates: connected candidates may all be silent
export const electionOpenMs = 4_000 // the same, this long after the row was seen absent
export const moveRotateMs = 5_000 // a row that shows other addresses than ours is rotated to us at most this often
export const suspendedMs = 1_500 // nothing ran for this long: what seems heard may be what waited
export const hasteMs = 10_000 // after a change of our addresses, or a sleep
export const rivalRotateMs = 2_500 // a row that names our other process is claimed back at most this often
export const rivalRounds = 3 // it came back so often against committed claims of ours,
export const rivalRoundsMs = 15_000 // and this long since the first of them: it is alive
export const rivalForgottenMs = 30_000 // a second process would have come back sooner
export const rivalsMax = 4
export const supersededMax = 4 // processes of one member that were superseded
export const recheckJitter = 0.25
export const antiEntropyMs = 10_000
export const antiEntropyJitter = 0.1
export const urgentMs = 1_000 // what a peer can make us ask or push at once, at most this often
export const leaveMs = 2_000
export const goodbyeMs = 250 // for the successor's document, once the row shows its reign
export const gateMs = 9_500 // of the 10 s in which a JoinRequest must be answered: the Reject that names the gate must still reach the joiner
export const departureMs = 5_000 // a leave whose acknowledgement never got out
export const pushSpacingMs = 20 // a storm of changes goes out as few documents; the first one at once
export const pushSpacingPerMemberMs = 4 // in a large cluster a document is longer, goes to more, and a storm lasts longer
export const documentSpacingMs = 1_000 // of a sender that is not known to be Manager, one document in this time is judged
export const documentsHeldMax = 32 // and so many wait for their time, each up to a megabyte
export const askPatienceMs = 31_000 // dial, write and read have 10 s each on the wire; then the request has been answered in one way or another
export const leftMax = 1_024 // members that left, remembered to tell their next session from a return
export const lateAlarmMs = 250 // an alarm this late means that the machine did not listen meanwhile either
