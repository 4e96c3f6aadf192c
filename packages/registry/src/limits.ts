/** Longest file name that all common file systems take, in bytes. */
export const segmentBytesMax = 255

/** A file in memory grows by as much as it has, but by no more than this at once. */
export const memoryBlockBytesMax = 1024 * 1024

// ---- Open files of a process (Node), whatever is in them. 1,024 is a common limit of the system; connections need some, too.

/** Files worked with at the same time. */
export const busyFilesMax = 64
/** Files that are written to and stay open in between. */
export const idleFilesMax = 128
/** How long it is tried again when the system has no more to give. */
export const shortageWaitMs = 30_000
/** From one try to the next: from the first pause, doubling up to the last. */
export const shortagePauseMsMin = 10
export const shortagePauseMsMax = 500
