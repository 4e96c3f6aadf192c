/** How often clocks are measured, and how thoroughly. */

/** Requests of a burst: round trips keep getting faster for some dozens of them. */
export const rounds = 64
/** Requests of a short burst: the first one, so that there is an estimate soon, and those between the turns of a large cluster. */
export const firstRounds = 8
/** Info requests to begin with, one after the other, where bursts are not supported: enough for a first estimate of the clock's rate. */
export const firstInfos = 4
/** How often it is decided, for each watched clock, whether to measure it now. */
export const lookAgainMs = 2_000
/** So many of the first looks measure without waiting for their turn: by a burst in a small cluster, by a short one in a large one. */
export const eagerLooks = 4
/** How many members measure at each look, in rotation, which bounds the load on the Manager. */
export const membersAtOnce = 2
/** A clock that was not read for so long is read at the next look, whoever's turn it is, until it answers: an attempt may fail, and a minute is the limit. */
export const readAgainMs = 45_000
