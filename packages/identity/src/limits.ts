/** Every limit and duration of this package. */

/** UTF-16 code units of a multiaddr's text; a relayed address with two certificate hashes has about 300. */
export const multiaddrCharsMax = 512
/** Longer than any legal peer id (53 characters), and short enough that decoding base58 costs nothing. */
export const peerIdCharsMax = 64

/** Where a file system has no hard links a seed file is written in place; whoever reads it half-written looks again so often… */
export const looksMax = 100
/** …and pauses so long before each. */
export const lookAgainMs = 10
