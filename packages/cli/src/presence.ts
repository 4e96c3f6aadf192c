/** A command's presence in a cluster: the identity, the session, what it offers, the node, the domain, and the way out of it all. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  BootstrapError,
  ClusterTarget,
  Domain,
  type DomainConfig,
  Peer,
  PeerIdentity,
  type PresetName,
  type Session,
  type Storage,
  type Wallet
} from '@auki/domain'
import { DiscoveryClient, isClusterName } from '@auki/network'
import { toDiscovery } from './discovery-trouble.ts'
import { CliError } from './errors.ts'
import type { Host } from './host.ts'
import type { Output } from './output.ts'
import { labelOf } from './peer-names.ts'
import { joinDeadlineMs, lookForClusterMs, lookWhyMs } from './settings.ts'
import { sayWhile, type Waiting } from './waiting.ts'

/** `join-once-there`: wait for the cluster. */
export type TargetName = 'join' | 'join-once-there' | 'create' | 'join-or-create'

/** A log that is there, and what it will be fed with. */
export interface OfferedLog {
  readonly resourceId: string
  /** Called once others can see it. Data comes until it is disposed of. */
  start(): Disposable
}

/** Registers what others will find in the catalog. */
export type Offer = (peer: Peer, session: Session) => Promise<readonly OfferedLog[]>

export interface PresenceInit {
  readonly discoveryUrl: string
  readonly cluster: string
  readonly target: TargetName
  readonly wallet: Wallet
  readonly name: string
  /** Multiaddrs; empty: reached by nobody, only dials; missing: the SDK's default. */
  readonly listen?: readonly string[] | undefined
  /** Multiaddrs that others are told besides; missing: none. */
  readonly announce?: readonly string[] | undefined
  /** `auto`, `off`, or a relay's multiaddr; missing: the SDK's default. */
  readonly relay?: string | undefined
  readonly preset?: PresetName | undefined
  /** Default: nothing is offered. */
  readonly offer?: Offer
  /** Where the session keeps its logs; default: in memory. */
  readonly storage?: Storage
  /** Default false. */
  readonly observer?: boolean
}

/** In a cluster; disposing it leaves. */
export interface Presence extends AsyncDisposable {
  readonly domain: Domain
  readonly session: Session
  readonly name: string
  /** Where to print what it sees. */
  readonly out: Output
  readonly waiting: Waiting
  /** What is offered to others. */
  readonly resourceIds: readonly string[]
}

const targets: Readonly<Record<TargetName, (name: string) => ClusterTarget>> = {
  join: ClusterTarget.join,
  'join-once-there': ClusterTarget.join,
  create: ClusterTarget.create,
  'join-or-create': ClusterTarget.joinOrCreate
}

/** What the commands of a presence say, and what they wait for. */
export interface Ways {
  readonly out: Output
  readonly waiting: Waiting
}

/** Into the cluster. Nothing is left behind when it throws: CliError, BootstrapError, or the reason of `host.stop`. */
export async function enter(init: PresenceInit, { out, waiting }: Ways, host: Host): Promise<Presence> {
  checkName(init.cluster)
  const { name, listen, announce } = init
  const identity = PeerIdentity.fromWallet(init.wallet)
  const peer = new Peer({ identity, appId: 'auki-cli', ...(init.storage && { storage: init.storage }) })
  const session = await peer.startSession()
  const logs = (await init.offer?.(peer, session)) ?? []
  const config = {
    target: targets[init.target](init.cluster),
    discoveryUrl: init.discoveryUrl,
    daemonInfo: { name },
    observer: init.observer ?? false,
    settings: { preset: init.preset ?? 'robust', joinDeadlineMs: Math.max(joinDeadlineMs, waiting.timeoutMs ?? 0) },
    log: (level: string, text: string, details: object = {}) => {
      if (level === 'warn' || host.debug) out.warn('listenAddresses' in details ? openText(init.cluster) : text)
    },
    ...(listen && { listen }),
    ...(announce && { announce }),
    ...(init.relay !== undefined && { relay: { use: init.relay } })
  }
  const domain = await waiting.for(
    () => wayIn(init),
    (signal) => joined(peer, session, config, { isComing: init.target === 'join-once-there', signal })
  )
  const feeds = logs.map((log) => log.start())
  const leave = async (): Promise<void> => {
    for (const feed of feeds) feed[Symbol.dispose]()
    await sayWhile(host, 'the cluster to take our leave', domain.leave())
    await session.end()
  }
  return { domain, session, name, out, waiting, resourceIds: logs.map(({ resourceId }) => resourceId), [Symbol.asyncDispose]: leave }
}

async function joined(
  peer: Peer,
  session: Session,
  config: DomainConfig,
  { isComing, signal }: { readonly isComing: boolean; readonly signal: AbortSignal }
): Promise<Domain> {
  for (;;) {
    try {
      return await toDiscovery(config.discoveryUrl, Domain.join(peer, session, config, { signal }))
    } catch (error) {
      const isToCome = isComing && error instanceof BootstrapError && error.code === 'not-found'
      if (!isToCome) throw error
    }
    await sleep(lookForClusterMs, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

/** In place of advice to programmers. */
const openText = (cluster: string): string => `while this peer is Manager, whoever can reach it may join ${cluster}`

/** What stands between us and the cluster. */
async function wayIn({ cluster, discoveryUrl }: PresenceInit): Promise<string> {
  try {
    const found = await new DiscoveryClient(discoveryUrl, { log: () => {} }).get(cluster, { signal: AbortSignal.timeout(lookWhyMs) })
    if (found.kind !== 'row') return `the cluster ${cluster}, which ${discoveryUrl} does not know`
    return `the Manager of ${cluster}, ${labelOf({ peerId: found.row.managerPeerId })}, to let us in`
  } catch {
    return `an answer of Discovery at ${discoveryUrl}`
  }
}

function checkName(cluster: string): void {
  if (isClusterName(cluster)) return
  throw new CliError('wrong-usage', `"${cluster}" can't be the name of a cluster: use 1 to 64 of A-Z a-z 0-9 _ - (and not "watch")`)
}
