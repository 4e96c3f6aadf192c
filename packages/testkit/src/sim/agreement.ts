/** What a healthy cluster looks like: everybody alive is a member, knows it, and agrees with the row on who is Manager. */
import type { Process } from './process.ts'
import type { World } from './world.ts'

/** Why the living do not agree, or nothing. */
export function disagreement(world: World, clusterName: string): string | undefined {
  const living = world.living()
  const outside = living.find(({ joined }) => !joined)
  if (outside !== undefined) return `${outside.spec.name} has not joined`
  const managers = living.filter((process) => process.view().isManager)
  const manager = managers[0]
  if (manager === undefined || managers.length > 1) return `${managers.length} Managers`
  const row = world.service.row(clusterName)
  if (row === undefined) return 'there is no row'
  if (row.managerPeerId !== manager.peer) return `the row names ${row.managerPeerId}, the Manager is ${manager.spec.name}`
  if (manager.view().membership.order?.epoch !== row.revision) return `the document of ${manager.spec.name} is not of the row's reign`
  return membershipIsOff(manager, living) ?? living.map((process) => dissent(process, manager)).find((why) => why !== undefined)
}

function membershipIsOff(manager: Process, living: readonly Process[]): string | undefined {
  const listed = manager.view().membership.peers.map(({ peerId }) => peerId)
  const alive = living.map(({ peer }) => peer)
  const missing = alive.find((peer) => !listed.includes(peer))
  const dead = listed.find((peer) => !alive.includes(peer))
  if (missing !== undefined) return `${missing} is alive and not a member`
  return dead === undefined ? undefined : `${dead} is a member and not alive`
}

function dissent(process: Process, manager: Process): string | undefined {
  if (process === manager) return undefined
  const { role, managerPeerId, membership } = process.view()
  const { order } = manager.view().membership
  if (role !== 'follower') return `${process.spec.name} is ${role ?? process.state.role.kind}`
  if (managerPeerId !== manager.peer) return `${process.spec.name} follows ${managerPeerId}`
  if (membership.order?.epoch !== order?.epoch || membership.order?.version !== order?.version)
    return `${process.spec.name} holds another document`
  return undefined
}
