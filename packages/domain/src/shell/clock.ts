/** The shell's port to clocks, timers and random numbers; tests replace it with virtual time. */

export interface ShellClock {
  /** Milliseconds, monotonic; may stand still while the machine sleeps. */
  monoMs(): number
  /** Unix ns; may jump. */
  wallNs(): bigint
  /** Calls `run` once, `delayMs` from now or a little later, but no longer than `delayMaxMs`; the returned function cancels. It keeps the process alive only while `holdProcess` is true. */
  after(delayMs: number, run: () => void, options?: { readonly holdProcess?: boolean }): () => void
  /** Calls `run` after one turn of the event loop, in which data that is waiting in sockets has been read. */
  nextTurn(run: () => void): void
}

/** The longest delay that `setTimeout` supports; a longer one would fire at once. */
const delayMaxMs = 2_147_483_647

/** The platform's clocks and timers. */
export const systemClock: ShellClock = {
  monoMs: () => performance.now(),
  wallNs: () => BigInt(Date.now()) * 1_000_000n,
  after(delayMs, run, { holdProcess = false } = {}) {
    const timer: unknown = setTimeout(run, Math.min(Math.max(Math.ceil(delayMs), 0), delayMaxMs))
    // In browsers a timer is a number, and there is no process to keep alive.
    if (!holdProcess && typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
    return () => clearTimeout(timer as number)
  },
  nextTurn: turnLoop
}

// Timers may run before the sockets are polled; `setImmediate` runs after. A message port is what browsers have, and their background tabs don't slow it.
function turnLoop(run: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => void }
  if (setImmediate !== undefined) {
    setImmediate(run)
    return
  }
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    run()
  }
  port2.postMessage(undefined)
}

/** 32 random bits of the platform: the seed of everything that is random in one presence. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!
}

/** A text that tells two processes with one identity apart: 128 random bits in base64url, short enough for the largest heartbeat. */
export function randomInstance(): string {
  const text = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
