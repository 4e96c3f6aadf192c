/** What we answer about members that others don't hear (`/auki/seen/0.0.1`). Bytes and pings prove nothing: only the suspect itself can say that it is here. */
import type { PeerRuntime, RuntimeHandlers } from '@auki/network'
import { isHere, type View } from '../core/index.ts'

export interface WitnessParts {
  readonly localPeerId: string
  readonly runtime: () => Pick<PeerRuntime, 'isConnected' | 'requestSeen'>
  /** How things stand with us. */
  readonly view: () => View
}

export function witness({ localPeerId, runtime, view }: WitnessParts): RuntimeHandlers['seen'] {
  return async (_peerId, request, signal) => {
    if ('cluster' in request) return isHere(view(), localPeerId, request.cluster)
    const { suspect } = request
    const { clusterName } = view()
    if (suspect === localPeerId) return isHere(view(), localPeerId, clusterName)
    if (!runtime().isConnected(suspect)) return false
    return runtime()
      .requestSeen(suspect, { cluster: clusterName }, { signal })
      .catch(() => false)
  }
}
