/**
 * The arrival time of the bytes that are being handled.
 *
 * Bytes from a socket are decrypted, split into substreams and decoded before a protocol sees them. That takes as long as a round trip in a local network.
 * If a protocol read the clock only then, all of that time would count as delay of the inbound path, and a clock offset computed from it would be wrong by
 * half of it. So the age of the bytes is known here while they are handled, and is subtracted from the reading.
 */

/** How old the bytes are, ns; set while bytes of a socket are being handled. */
let ageNs: (() => bigint) | undefined

/**
 * What a clock read when the bytes that are being handled arrived; never less than that.
 *
 * @param nowNs - reads the clock.
 */
export function arrivalOn(nowNs: () => bigint): bigint {
  // In this order: time that passes between the two readings makes the result later, never earlier than the arrival.
  const age = ageNs?.() ?? 0n
  return nowNs() - age
}

/** @param age - returns the age of the bytes that are handled from now on, ns; `undefined` when that is done */
export function handleArrival(age: (() => bigint) | undefined): void {
  ageNs = age
}

/** What {@link handleArrival} was given last: to be kept with bytes that are handled later. */
export function arrivalAge(): (() => bigint) | undefined {
  return ageNs
}
