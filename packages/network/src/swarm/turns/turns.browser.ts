/** The turns of a browser's event loop. The end of what one event leads to can't be told there, so `afterThis` is simply the next task. */

export const nowMs = (): number => performance.now()

const { port1, port2 } = new MessageChannel()
const waiting: (() => void)[] = []
port1.onmessage = () => waiting.shift()?.()
// Where a browser is played by Node, the channel must not hold the process.
;(port1 as { unref?(): void }).unref?.()

/** Calls `run` in the next task; a timer would wait for 4 ms. */
export function nextTurn(run: () => void): void {
  waiting.push(run)
  port2.postMessage(undefined)
}

export const afterThis = nextTurn
