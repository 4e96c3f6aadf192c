/** Longest file name that all common file systems take, in bytes. */
export const segmentBytesMax = 255
