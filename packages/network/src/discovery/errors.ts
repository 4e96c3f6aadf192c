import { AukiError } from '@auki/canonical'

/** The codes of {@link DiscoveryClientError}. */
export type DiscoveryClientErrorCode = 'transport' | 'status' | 'invalid-peer-id' | 'invalid-multiaddr'

/**
 * Trouble with Discovery; never a statement about a row.
 *
 * - `transport`: no connection, no answer in time (`details.durationMs`), or one that can't be read;
 *   or the base URL is no URL of a service (a user, query or fragment in it counts as none).
 * - `status`: an answer that fits no rule; `details.status`, `details.body`, and `details.call`, what it was the answer to.
 * - `invalid-peer-id`: the row asked for names a Manager that is none (`details.text`).
 * - `invalid-multiaddr`: not thrown any more, kept for apps that name it: an address that is none is left out, and the row has it in `badMultiaddrs`.
 */
export class DiscoveryClientError extends AukiError<DiscoveryClientErrorCode> {
  override readonly name = 'DiscoveryClientError'
}
