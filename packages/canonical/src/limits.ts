export const i64Min = -(2n ** 63n)
export const u64Max = 2n ** 64n - 1n

/** Nested arrays and objects we read or write: far more than any document of ours, far less than what exhausts the stack. */
export const depthMax = 1000

/** Longest delay that `setTimeout` can count; a longer one would fire at once. */
export const delayMaxMs = 2_147_483_647
