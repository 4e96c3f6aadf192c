/** Listening on one address after the other, so that what fails is known. */
import { reasonOf } from '@auki/canonical'
import { multiaddr } from '@multiformats/multiaddr'
import type { NodeParts } from './swarm.ts'

/**
 * Listens on all of them. An address of a family that this host lacks is skipped where another stands.
 *
 * @throws whatever libp2p throws for the first that can't be listened on.
 */
export async function listenOn({ transportManager }: Pick<NodeParts, 'transportManager'>, addresses: readonly string[]): Promise<void> {
  const skipped: unknown[] = []
  for (const address of addresses) {
    try {
      await transportManager.listen([multiaddr(address)])
    } catch (error) {
      if (!lacksFamily(address, reasonOf(error))) throw error
      skipped.push(error)
    }
  }
  if (addresses.length > 0 && skipped.length === addresses.length) throw skipped[0]
}

/**
 * Whether a failure to listen says that the host has no such family at all.
 *
 * libp2p tells only by the text of its error. An address that is nobody's here means the same for those that every host of the family has, the
 * wildcard and loopback; for any other it is a mistake.
 */
export function lacksFamily(address: string, failure: string): boolean {
  if (failure.includes('EAFNOSUPPORT')) return true
  return failure.includes('EADDRNOTAVAIL') && /^\/(?:ip4\/(?:0\.0\.0\.0|127\.0\.0\.1)|ip6\/::1?)\//.test(address)
}
