/**
 * Lets a Deno process end once its peers have left.
 *
 * libp2p keeps a `BroadcastChannel` open for as long as the process lives (its peer store's lock, mortice 3) and asks it, by `unref`, not to hold the process.
 * Deno's channel has no `unref`, while the one of its `node:worker_threads` has, on the same object underneath.
 */
import { BroadcastChannel as NodeChannel } from 'node:worker_threads'

/** Gives channels the method that the library looks for; where they have it, nothing changes. */
export function lendUnref(to: object = globalThis.BroadcastChannel.prototype, from: object = NodeChannel.prototype): void {
  if (!('unref' in to) && 'unref' in from) Object.defineProperty(to, 'unref', { value: from.unref, configurable: true, writable: true })
}
