import type { HeartbeatSource } from '@auki/network'
import type { SessionClock } from '@auki/time'
import type { ClusterClocks } from './cluster-clocks.ts'
import type { Standing } from './standing.ts'

/** What goes into our heartbeats (`/auki/heartbeat/0.0.1`). Only followers say which document they hold, and which process they are. */
export function heartbeatSource(
  sessionClock: SessionClock,
  clocks: Pick<ClusterClocks, 'advertisement'>,
  self: { readonly peerId: string; readonly instance: string },
  standing: () => Standing
): HeartbeatSource {
  return {
    clockId: sessionClock.id,
    clockHash: sessionClock.hash,
    resolutionNs: sessionClock.resolutionNs,
    nowNs: () => sessionClock.nowNs(),
    utcNowNs: () => sessionClock.utcNowNs(),
    domainClock: () => clocks.advertisement,
    membershipVersion: () => {
      const { managerPeerId, membership } = standing()
      return managerPeerId === self.peerId ? undefined : membership.order
    },
    instance: () => (standing().managerPeerId === self.peerId ? undefined : self.instance)
  }
}
