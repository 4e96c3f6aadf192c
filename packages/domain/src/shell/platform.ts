/** What a presence needs of the platform beyond its clocks: turns of the event loop, and chance. */

/** Calls `run` after one turn of the event loop, in which data that is waiting in sockets has been read. */
// Timers may run before the sockets are polled; `setImmediate` runs after. A message port is what browsers have, and their background tabs don't slow it.
export function nextTurn(run: () => void): void {
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
