/**
 * Lets a Deno process end once its peers have left.
 *
 * The lock of libp2p's peer store (mortice) keeps a `BroadcastChannel` open for as long as the process lives, and calls `unref` on it, where there is one, so
 * that it does not hold the process. Deno's channel has none, while the one of its `node:worker_threads` has, for the same object.
 *
 * Seen in mortice 3.3.1; canary: canaries.test.ts, and on Deno: tests/runtimes.
 */
import { BroadcastChannel as NodeChannel } from 'node:worker_threads'

/** Gives channels the method that the library looks for; where they have it, nothing changes. */
export function lendUnref(to: object = globalThis.BroadcastChannel.prototype, from: object = NodeChannel.prototype): void {
  if (!('unref' in to) && 'unref' in from) Object.defineProperty(to, 'unref', { value: from.unref, configurable: true, writable: true })
}
