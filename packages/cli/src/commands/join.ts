/** The commands that stay in a cluster and print what happens there, until they are stopped. */
import { hostname } from 'node:os'
import type { ClusterEvent } from '@auki/domain'
import { registerClockLog } from '../clock-log.ts'
import { discoveryUrlOf } from '../contexts.ts'
import type { Host } from '../host.ts'
import { walletOf } from '../identity.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import { Output, printable } from '../output.ts'
import type { SyntheticSensor } from '../parse.ts'
import { Pauses } from '../pauses.ts'
import { enter, type Offer, type Presence, type TargetName } from '../presence.ts'
import { registerSensors } from '../sensors.ts'
import { aborted } from '../stop.ts'
import { Waiting } from '../waiting.ts'

export interface JoinOptions {
  readonly target: TargetName
  readonly listen?: readonly string[]
  readonly announce?: readonly string[]
  readonly relay?: string
  readonly name?: string
  readonly seedFile?: string
  readonly preset: 'lan' | 'wifi' | 'robust'
  readonly sensor?: readonly SyntheticSensor[]
  readonly discovery?: string
  /** ms */
  readonly timeout?: number
  readonly json?: boolean
}

export async function join(cluster: string, options: JoinOptions, host: Host): Promise<void> {
  const ways = { out: new Output(host, options), waiting: new Waiting(host, options) }
  const { target, listen, announce, relay, preset, sensor: sensors = [], name = hostname() } = options
  const offer: Offer = async (peer, session) => [...(await registerSensors(peer, session, sensors)), await registerClockLog(session)]
  const discoveryUrl = discoveryUrlOf(options, host)
  const wallet = await walletOf(options)
  await stay(await enter({ cluster, discoveryUrl, target, wallet, name, listen, announce, relay, preset, offer }, ways, host), host)
}

export async function watch(cluster: string, options: LookOptions, host: Host): Promise<void> {
  await stay(await lookAt(cluster, 'auki watch', options, host), host)
}

/** Tells all that happens until told to stop, then leaves. @throws DomainError when the presence ended otherwise, or not cleanly. */
export async function stay(presence: Presence, host: Host): Promise<void> {
  const { domain } = presence
  const events = domain.clusterManager.events()
  tellJoined(presence)
  const leaving = aborted(host.stop).then(() => presence[Symbol.asyncDispose]())
  leaving.catch(() => {}) // what went wrong is thrown below, once the last event was told
  const pauses = new Pauses(presence.out)
  for await (const event of events) {
    tellEvent(event, presence)
    pauses.follow(event, performance.now())
  }
  const why = await domain.closed
  if (why !== undefined) throw why
  await leaving
}

function tellJoined({ domain, name, resourceIds, out }: Presence): void {
  const { clusterName, localPeerId: peerId, localMultiaddrs: multiaddrs, managerPeerId, role, membership } = domain.clusterManager
  const members = membership.peers.map((member) => member.peerId)
  const facts = { peerId, clusterName, multiaddrs, name, managerPeerId: managerPeerId ?? null, role, members, resourceIds }
  const lines = [
    `joined ${clusterName} as ${peerId} (${name})`,
    reachedAt(multiaddrs),
    `Manager is ${managerPeerId === peerId ? 'this peer' : (managerPeerId ?? 'not known')}`,
    ...members.filter((member) => member !== peerId).map((member) => `member ${member}`),
    ...resourceIds.map((resourceId) => `offers ${resourceId}`)
  ]
  out.tell({ event: 'joined', ...facts }, lines.join('\n'))
}

const reachedAt = (multiaddrs: readonly string[]): string => `reached at ${multiaddrs.join(', ') || 'no address: it only dials'}`

function tellEvent(event: ClusterEvent, { domain, out }: Presence): void {
  const { type, ...facts } = event.type === 'manager-changed' ? { ...event, managerPeerId: event.managerPeerId ?? null } : event
  out.tell({ event: type, ...facts }, textOf(event, domain.clusterManager.clusterName))
}

function textOf(event: ClusterEvent, clusterName: string): string {
  switch (event.type) {
    case 'manager-changed':
      return `Manager is ${event.managerPeerId ?? 'not known'}`
    case 'role-changed':
      return `this peer is ${event.role} now`
    case 'member-joined':
      return `${event.peerId} joined`
    case 'member-left':
      return `${event.peerId} left`
    case 'member-rejoined':
      return `${event.peerId} rejoined${event.newSession ? ' with a new session' : ''}`
    case 'rejoined':
      return `rejoined ${clusterName}`
    case 'addresses-changed':
      return reachedAt(event.multiaddrs)
    case 'suspended-for':
      return `nothing ran here for ${event.ms} ms`
    case 'left':
      return `left ${clusterName}`
    case 'events-dropped':
      return `${event.count} events were lost`
    case 'diagnostic-received':
      return printable(`${event.peerId} says ${event.message.topic}: ${event.message.payloadJson}`)
    default:
      return event.type
  }
}
