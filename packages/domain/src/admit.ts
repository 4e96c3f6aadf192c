import { abortable, assertNever, reasonOf } from '@auki/canonical'
import { isPeerId } from '@auki/identity'
import { refusalText } from '@auki/network'
import type { ClusterMember } from './cluster-membership.ts'
import { AdmitError } from './errors.ts'
import { checkMultiaddrs } from './shell/addresses.ts'
import type { Engine } from './shell/engine.ts'

/** Asks the core to admit a peer, and tells what came of it. @throws AdmitError; `signal.reason`: the peer may be admitted nevertheless. */
export async function admit(
  engine: Engine,
  peerId: string,
  multiaddrs: readonly string[],
  signal: AbortSignal | undefined
): Promise<ClusterMember> {
  signal?.throwIfAborted()
  if (!engine.isStopped) check(peerId, multiaddrs)
  const answer = await abortable(engine.admit(peerId, multiaddrs), signal)
  const { clusterName, membership } = engine.standing
  switch (answer.kind) {
    case 'admitted': {
      const member = membership.peers.find((one) => one.peerId === peerId)
      if (member !== undefined) return member
      throw new AdmitError('runtime', `${peerId} was admitted and is gone again`, { reason: 'evicted' })
    }
    case 'not-manager': {
      const { manager = null } = answer
      const message = `we are not Manager of "${clusterName}", so we can't admit ${peerId}; ${manager === null ? 'nobody is known to be' : `ask ${manager}`}`
      throw new AdmitError('not-manager', message, { cluster: clusterName, manager })
    }
    case 'already-member':
      throw new AdmitError('already-member', `${peerId} is a member of "${clusterName}" already`, { peer: peerId })
    case 'failed': {
      const reason = refusalText(answer.refusal)
      throw new AdmitError('runtime', `${peerId} could not be admitted: ${reason}; try again`, { reason })
    }
    case 'stopped':
      throw new AdmitError('stopped', `can't admit ${peerId}: the cluster was left; join again`)
    default:
      return assertNever(answer)
  }
}

// One malformed peer id or address in the document would make it unreadable for every member.
function check(peerId: string, multiaddrs: readonly string[]): void {
  try {
    if (!isPeerId(peerId)) throw new TypeError(`"${peerId}" is no peer id`)
    checkMultiaddrs(multiaddrs)
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new AdmitError('runtime', `${peerId} could not be admitted: ${reason}`, { reason }, { cause })
  }
}
