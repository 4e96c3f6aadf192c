/** Nanoseconds of a number of seconds, for every `…Ns` option; fractions are rounded to a nanosecond. @throws RangeError when it is not finite. */
export function seconds(n: number): bigint {
  return nanoseconds(n, 1e9)
}

/** Nanoseconds of a number of milliseconds, for every `…Ns` option. @throws RangeError when it is not finite. */
export function milliseconds(n: number): bigint {
  return nanoseconds(n, 1e6)
}

// Whole units are multiplied as bigint: the product may not fit a double.
function nanoseconds(n: number, unitNs: number): bigint {
  if (!Number.isFinite(n)) throw new RangeError(`a duration must be a finite number, got ${n}`)
  const whole = Math.trunc(n)
  return BigInt(whole) * BigInt(unitNs) + BigInt(Math.round((n - whole) * unitNs))
}
