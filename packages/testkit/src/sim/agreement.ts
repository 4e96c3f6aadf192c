/**
 * What a healthy cluster looks like: everybody alive is a member, knows it, and agrees with the row on who is Manager.
 *
 * Peers that follow the reference's rules may lag behind: that all of ours are behind the row's Manager has to be true whatever they do. Where none of ours may
 * reign, whether there is a row is up to them.
 */
import { mayReign } from './heirs.ts'
import type { Process } from './process.ts'
import type { World } from './world.ts'

/** Why the living do not agree, or nothing. */
export function disagreement(world: World, clusterName: string): string | undefined {
  const ours = world.ours()
  const row = world.service.row(clusterName)
  if (row === undefined && !ours.some((process) => mayReign(process, process.state))) return undefined
  const outside = ours.find(({ joined }) => !joined)
  if (outside !== undefined) return `${outside.spec.name} has not joined`
  if (row === undefined) return 'there is no row'
  const managers = ours.filter((process) => process.view().isManager)
  const foreign = world.living().find(({ peer, spec }) => spec.reference && peer === row.managerPeerId)
  if (foreign !== undefined) return foreignReignIsOff(foreign, ours)
  const manager = managers[0]
  if (manager === undefined || managers.length > 1) return `${managers.length} Managers`
  if (row.managerPeerId !== manager.peer) return `the row names ${row.managerPeerId}, the Manager is ${manager.spec.name}`
  if (manager.view().membership.order?.epoch !== row.revision) return `the document of ${manager.spec.name} is not of the row's reign`
  if (!world.twinned.has(manager.peer) && !isThere(manager, row.managerMultiaddrs))
    return `the row does not say where ${manager.spec.name} is`
  return membershipIsOff(manager, world) ?? ours.map((process) => dissent(process, manager)).find((why) => why !== undefined)
}

/** The row names a peer that follows the reference's rules: ours are behind it and in the document they hold. */
function foreignReignIsOff(manager: Process, ours: readonly Process[]): string | undefined {
  if (!manager.view().isManager) return `the row names ${manager.spec.name}, which does not know`
  for (const { peer, spec, state, view } of ours.map(seen)) {
    if (view.role !== 'follower') return `${spec.name} is ${view.role ?? state.role.kind}`
    if (view.managerPeerId !== manager.peer) return `${spec.name} follows ${view.managerPeerId}`
    if (!view.membership.peers.some(({ peerId }) => peerId === peer)) return `${spec.name} holds a document without itself`
  }
  return undefined
}

const seen = (process: Process) => ({ peer: process.peer, spec: process.spec, state: process.state, view: process.view() })

function membershipIsOff(manager: Process, world: World): string | undefined {
  const listed = manager.view().membership.peers.map(({ peerId }) => peerId)
  const alive = world.living().map(({ peer }) => peer)
  const missing = world.ours().find(({ peer }) => !listed.includes(peer))
  // Of two processes of one identity the document shows the one that was let in last.
  const astray = world.ours().find((process) => !world.twinned.has(process.peer) && !isThere(process, addressesIn(manager, process.peer)))
  const dead = listed.find((peer) => !alive.includes(peer))
  if (missing !== undefined) return `${missing.peer} is alive and not a member`
  if (astray !== undefined) return `the document does not say where ${astray.spec.name} is`
  return dead === undefined ? undefined : `${dead} is a member and not alive`
}

const addressesIn = (manager: Process, peer: string): readonly string[] =>
  manager.view().membership.peers.find(({ peerId }) => peerId === peer)?.multiaddrs ?? []

/** Is this where it can be dialled? */
const isThere = ({ addresses }: Process, said: readonly string[]): boolean => addresses.join() === said.join()

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
