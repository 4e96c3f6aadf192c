/** Who plays in the demo, and what is known of each from what its process printed. */
import type { Json } from '@auki/canonical'
import type { AukiChild } from '../child.ts'

/** All on this machine. */
export const listen = ['/ip4/127.0.0.1/tcp/0']

export interface Actor {
  readonly name: string
  readonly child: AukiChild
  /** Set when the demo ends the process itself, so that its end is no failure. */
  dismissed: boolean
}

/** A peer's view of its cluster, from its events. */
export interface PeerView {
  readonly peerId: string
  readonly managerPeerId: string | undefined
  readonly role: string
  /** Peer ids, in order of joining. */
  readonly members: readonly string[]
}

/** Undefined until the peer has joined. */
export function viewOf({ child }: Actor): PeerView | undefined {
  const joined = child.last('joined')
  if (joined === undefined) return undefined
  const members = new Set(textsOf(joined['members']))
  for (const event of child.events) {
    if (event['event'] === 'member-joined') members.add(String(event['peerId']))
    if (event['event'] === 'member-left') members.delete(String(event['peerId']))
  }
  const managerPeerId = (child.last('manager-changed') ?? joined)['managerPeerId']
  return {
    peerId: String(joined['peerId']),
    managerPeerId: typeof managerPeerId === 'string' ? managerPeerId : undefined,
    role: String((child.last('role-changed') ?? joined)['role']),
    members: [...members]
  }
}

/** The one of them that all name as Manager, itself included. */
export function agreedManager(actors: readonly Actor[]): Actor | undefined {
  const views = actors.map(viewOf)
  const at = views.findIndex((view) => view?.role === 'manager' && view.managerPeerId === view.peerId)
  const managerPeerId = views[at]?.peerId
  return managerPeerId !== undefined && views.every((view) => view?.managerPeerId === managerPeerId) ? actors[at] : undefined
}

/** Whether all of them see exactly themselves as members. */
export function seeEachOther(actors: readonly Actor[]): boolean {
  const views = actors.map(viewOf)
  const all = views.map((view) => view?.peerId ?? '')
  return views.every(
    (view) => view !== undefined && view.members.length === all.length && all.every((peerId) => view.members.includes(peerId))
  )
}

const textsOf = (json: Json | undefined): string[] => (Array.isArray(json) ? json.map(String) : [])
