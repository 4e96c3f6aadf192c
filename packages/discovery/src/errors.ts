import { AukiError } from '@auki/canonical'

/**
 * Why the Discovery service, its store or its directory could not do what its owner asked. What clients did wrong is answered, never thrown.
 *
 * `bad-option`: an option is out of range; `listen-failed`: the address cannot be listened on; `closed`: the store was closed before.
 */
export class DiscoveryServiceError extends AukiError<'bad-option' | 'listen-failed' | 'closed'> {
  override readonly name = 'DiscoveryServiceError'
}
