/**
 * When did the bytes that are being handled arrive?
 *
 * What a socket hands over is decrypted, sorted by substream and read in one go, which takes as long as a trip through a local network does. A clock read
 * at the end of that would have all of it on one side of the path.
 */

/** Set while what a socket handed over goes its way. */
let ageNs: (() => bigint) | undefined

/**
 * The reading of a clock when the bytes that are being handled arrived; never an earlier one.
 *
 * @param nowNs - reads the clock.
 */
export function arrivalOn(nowNs: () => bigint): bigint {
  const age = ageNs?.() ?? 0n // first: what happens between the two makes the arrival later, which is no lie
  return nowNs() - age
}

/** @param age - of what is handled from now on; `undefined` once that is done. */
export function handleArrival(age: (() => bigint) | undefined): void {
  ageNs = age
}

/** What {@link handleArrival} was told last: to be kept with bytes that are handled later. */
export function arrivalAge(): (() => bigint) | undefined {
  return ageNs
}
