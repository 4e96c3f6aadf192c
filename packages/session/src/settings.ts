/** Every duration and every cap of this package that is not part of a format. Where a default can be changed, it says by what. */

// ---- Registering a log: the length of a segment when the app does not give one (`segmentDurationNs`).

/** With a fixed head. ns */
export const segmentNsDefault = 10_000_000_000n
/** With a rolling head: a part of what the log keeps, so that little more than that is on disk, but no shorter than the minimum. */
export const segmentsPerRetention = 10n
/** ns */
export const segmentNsMin = 1_000_000_000n

/** How far a timestamp may be ahead of the log's clock, unless the log is registered with another `maxAheadNs`. ns */
export const maxAheadNsDefault = 60_000_000_000n

// ---- Writing.

/** The largest payload: one that still fits a frame of `/auki/stream/0.2.0` with its envelope. */
export const payloadBytesMax = 16_777_152
/** How long bytes stay in memory alone, at most: what a crash may cost, and the rate at which quiet logs cause writes. ms */
export const writeAfterMs = 50
/** So many bytes are written without waiting for the timer. */
export const writeBytes = 256 * 1024
/** What one write takes, so that room is made step by step. */
export const writeBytesMax = 2 * 1024 * 1024
/** More unwritten bytes than this, and appending has to wait until half of them are written. */
export const unwrittenBytesMax = 4 * 1024 * 1024

// ---- Checksums: one for each piece of what is written. A damaged piece is lost as a whole, and of a file that was cut the piece that is not whole.

/** So many bytes are a piece at least, and the entry that ends it. */
export const pieceBytesMax = 16 * 1024
/** Of a small write each entry is a piece; of a larger one there are so many pieces. */
export const piecesPerWrite = 64
/** The longest stretch that counts as one piece without a checksum: its length is a u32. */
export const uncheckedBytesMax = 2 ** 31

// ---- What was appended, in memory: chunks of bytes, which grow from the smallest to the largest size as long as the disk does not keep up.

export const chunkBytesMin = 4 * 1024
export const chunkBytesMax = 256 * 1024
/** Chunks kept to be filled again: what one write empties. New memory costs more than copying into it. */
export const spareChunksMax = 8
/** And when all is written: a log that rests holds no more. */
export const idleSparesMax = 2
/** Chunks that are written and that readers may still need, of which we remember that they can be filled again later: as much as a reader is served from memory, and what one write empties. */
export const writtenChunksMax = 24
/** Payloads from here on are kept as they are; below, copying costs less than another part. */
export const sharedPayloadBytesMin = 4 * 1024

// ---- Reading.

/** Bytes a batch has at most, and a file is read in at least. A single entry may be larger. */
export const batchBytes = 1024 * 1024
/** Of a file that holds large entries several are read at once, but not more than this. */
export const blockBytesMax = 8 * batchBytes
/** A reader is served from memory while it is no further behind; then it reads the files. */
export const recentBytesMax = 4 * 1024 * 1024
/** In each segment every so many bytes the place of an entry is remembered, for whoever looks for one by its position. */
export const markEveryBytes = 1024 * 1024

// ---- Opening a log that is there already.

/** What is read at once to find entries; where payloads are larger than this, only the head of each is read. */
export const scanBlockBytes = 64 * 1024
/** Fewer zeros at the end of a file without checksums may be entries; so many are what a power failure leaves: a block of most file systems. */
export const zeroTailBytesMin = 4_096
/** Files scanned at the same time. */
export const scannedFilesMax = 4

// ---- How clocks relate.

/** Entries of a TimeTransform log kept in memory for conversions, the newest: 18 h at one a second. An earlier instant gets the oldest of them, and how far away that is. */
export const transformHistoryMax = 65_536
/** From one sample of two clocks to the next, unless `sampleTimeTransform` is given a `periodMs`. ms */
export const samplePeriodMsDefault = 1_000
/** The longest period of samples: 24.8 days, the longest a timer waits. ms */
export const samplePeriodMsMax = 2 ** 31 - 1
