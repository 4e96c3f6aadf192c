/** How often clocks are measured, and how thoroughly. */

/** Requests of a burst: round trips keep getting faster for some dozens of them. */
export const rounds = 64
/** Requests of the first, short burst, so that there is an estimate soon. */
export const firstRounds = 8
/** Info requests to begin with, one after the other, where bursts are not supported: enough for a first estimate of the clock's rate. */
export const firstInfos = 4
/** How often it is decided, for each watched clock, whether to measure it now. */
export const lookAgainMs = 2_000
/** In a small cluster so many of the first looks measure without waiting for their turn. */
export const eagerLooks = 4
/** How many members measure at each look, in rotation, which bounds the load on the Manager. */
export const membersAtOnce = 2
