import { AukiError } from '@auki/canonical'

export type DiscoveryClientErrorCode = 'transport' | 'status' | 'invalid-peer-id' | 'invalid-multiaddr'

/**
 * Trouble with Discovery; never a statement about a row.
 *
 * - `transport`: no connection, no answer in time (`details.durationMs`), or one that can't be read.
 * - `status`: an answer that fits no rule; `details.status` and `details.body`.
 * - `invalid-peer-id`, `invalid-multiaddr`: the row asked for names one that is none (`details.text`).
 */
export class DiscoveryClientError extends AukiError<DiscoveryClientErrorCode> {
  override readonly name = 'DiscoveryClientError'
}
