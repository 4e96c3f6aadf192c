/** The commands that stay in a cluster and print what happens there, until they are stopped. */
import { hostname } from 'node:os'
import type { ClusterEvent } from '@auki/domain'
import { registerClockLog } from '../clock-log.ts'
import { discoveryUrlOf } from '../contexts.ts'
import type { Host } from '../host.ts'
import { walletOf } from '../identity.ts'
import { logLabel } from '../log-labels.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import { Output, type Text } from '../output.ts'
import type { SyntheticSensor } from '../parse.ts'
import { Pauses } from '../pauses.ts'
import { PeerLabels } from '../peer-labels.ts'
import { enter, type Offer, type Presence, type TargetName } from '../presence.ts'
import { registerSensors } from '../sensors.ts'
import { aborted } from '../stop.ts'
import { StreamMeters } from '../stream-meters.ts'
import { countText, durationText } from '../units.ts'
import { Waiting } from '../waiting.ts'
import { WatchView } from '../watch-view.ts'

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

export interface WatchOptions extends LookOptions {
  /** Read every log, too. */
  readonly streams?: boolean
}

export async function watch(cluster: string, options: WatchOptions, host: Host): Promise<void> {
  const presence = await lookAt(cluster, 'auki watch', options, host)
  const { clusterManager } = presence.domain
  using view = new WatchView(presence, options.streams === true ? new StreamMeters(clusterManager, host.stop) : undefined)
  await stay(presence, host, () => view.show())
}

/** Tells all that happens until told to stop, then leaves; `begin` is called when it has told that we are in. @throws DomainError when the presence ended otherwise, or not cleanly. */
export async function stay(presence: Presence, host: Host, begin: () => void = () => {}): Promise<void> {
  const { domain } = presence
  const events = domain.clusterManager.events()
  const labels = new PeerLabels(domain)
  tellJoined(presence, labels)
  begin()
  const leaving = aborted(host.stop).then(() => presence[Symbol.asyncDispose]())
  leaving.catch(() => {}) // what went wrong is thrown below, once the last event was told
  const pauses = new Pauses(presence.out)
  for await (const event of events) {
    tellEvent(event, presence, labels)
    pauses.follow(event, performance.now())
  }
  const why = await domain.closed
  if (why !== undefined) throw why
  await leaving
}

function tellJoined({ domain, name, resourceIds, out }: Presence, labels: PeerLabels): void {
  const { clusterName, localPeerId: peerId, localMultiaddrs: multiaddrs, managerPeerId, role, membership } = domain.clusterManager
  const members = membership.peers.map((member) => member.peerId)
  const facts = { peerId, clusterName, multiaddrs, name, managerPeerId: managerPeerId ?? null, role, members, resourceIds }
  const others = domain.peers.filter(({ isSelf }) => !isSelf)
  const lines = [
    `joined ${clusterName} as ${labels.of(peerId)}`,
    ...reachedAt(multiaddrs),
    `Manager is ${managerPeerId === peerId ? 'this peer' : managerText(managerPeerId, labels)}`,
    ...others.map((member) => `member ${labels.of(member.peerId)}${member.observer ? ' (looks on)' : ''}`),
    ...resourceIds.map((resourceId) => `offers ${logLabel({ variant: 'time_transform_log', resourceId })}`)
  ]
  out.event({ event: 'joined', ...facts }, lines)
}

const managerText = (peerId: string | undefined, labels: PeerLabels): string => (peerId === undefined ? 'not known' : labels.of(peerId))

function reachedAt(multiaddrs: readonly string[]): string[] {
  const [first = 'no address: it only dials', ...more] = multiaddrs
  return [`reached at ${first}`, ...more.map((address) => `           ${address}`)]
}

function tellEvent(event: ClusterEvent, { domain, out }: Presence, labels: PeerLabels): void {
  const { type, ...facts } = event.type === 'manager-changed' ? { ...event, managerPeerId: event.managerPeerId ?? null } : event
  out.event({ event: type, ...facts }, textOf(event, domain.clusterManager.clusterName, labels))
}

function textOf(event: ClusterEvent, clusterName: string, labels: PeerLabels): Text {
  switch (event.type) {
    case 'manager-changed':
      return `Manager is ${managerText(event.managerPeerId, labels)}`
    case 'role-changed':
      return `this peer is ${event.role} now`
    case 'member-joined':
      return `${labels.of(event.peerId)} joined`
    case 'member-left':
      return `${labels.of(event.peerId)} left`
    case 'member-rejoined':
      return `${labels.of(event.peerId)} rejoined${event.newSession ? ' with a new session' : ''}`
    case 'rejoined':
      return `rejoined ${clusterName}`
    case 'addresses-changed':
      return reachedAt(event.multiaddrs)
    case 'suspended-for':
      return `nothing ran here for ${durationText(event.ms)}`
    case 'left':
      return `left ${clusterName}`
    case 'events-dropped':
      return `${countText(event.count)} events were lost`
    case 'diagnostic-received':
      return `${labels.of(event.peerId)} says ${event.message.topic}: ${event.message.payloadJson}`
    default:
      return event.type
  }
}
