export const i64Min = -(2n ** 63n)
export const i64Max = 2n ** 63n - 1n
export const u64Max = 2n ** 64n - 1n
export const u32Max = 2n ** 32n - 1n

export const isI64 = (value: bigint): boolean => value >= i64Min && value <= i64Max
export const abs = (value: bigint): bigint => (value < 0n ? -value : value)
export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
export const clamp = (value: bigint, low: bigint, high: bigint): bigint => (value < low ? low : value > high ? high : value)
