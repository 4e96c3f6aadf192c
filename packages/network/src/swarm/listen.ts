/** Listening on addresses one by one, so that it is known which one fails. */
import { reasonOf } from '@auki/canonical'
import { multiaddr } from '@multiformats/multiaddr'
import type { NodeParts } from './patches/components.ts'
import { lacksFamily } from './patches/missing-family.ts'

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
