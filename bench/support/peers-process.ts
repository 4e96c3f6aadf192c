/** A process that holds peers and does with them what its parent says over the channel; see `peers.ts`. */
import { BootstrapError, createSwarm, type Domain, type DomainConfig, type PresetName } from '@auki/domain'
import { initOf, newcomer, onCall, tell } from '@auki/testkit/processes'
import { type DomainSteps, DomainStepWatch } from './domain-steps.ts'
import { countHandshakes } from './handshakes.ts'
import { countPushes, type Pushes } from './pushes.ts'

export type Call =
  | {
      readonly call: 'join'
      readonly cluster: string
      readonly discoveryUrl: string
      /** When to begin, on the machine's monotonic clock, ns; 0: at once. */
      readonly atNs: bigint
      /** Count what it pushes to others. */
      readonly counted: boolean
      readonly preset: PresetName
    }
  /** `domain-steps`: those since it was asked last, of a peer that is watched from the first time on. */
  | { readonly call: 'view' | 'leave' | 'domain-steps'; readonly peerId: string }
  /** What the process and the peers in it have done so far. */
  | { readonly call: 'effort' }

/** How one peer sees its cluster. */
export interface View {
  readonly peerId: string
  readonly managerPeerId: string | undefined
  readonly role: string
  /** Peer ids. */
  readonly members: readonly string[]
}

/** Whom a peer takes for the Manager, and as what it sees itself, since when. */
export interface Standing {
  readonly managerPeerId: string | undefined
  readonly role: string
  /** ns on the machine's monotonic clock. */
  readonly atNs: bigint
}

/** Of the whole process since it began. */
export interface Effort extends Pushes {
  readonly cpuMs: number
  /** Connections that peers made: each has cost both ends a handshake. */
  readonly handshakes: number
}

export interface Joined {
  readonly calledAtNs: bigint
  /** More than one: Discovery did not answer in time, and it was asked again. */
  readonly attempts: number
  readonly joinedAtNs: bigint
  readonly view: View
}

export interface Left {
  readonly calledAtNs: bigint
}

/** What a call is answered with. Times are ns on the machine's monotonic clock, which all its processes share. */
type Answer = Joined | View | Effort | Left | DomainSteps

/** What is told unasked. */
export type Change =
  /** `peerId` has got a member, or lost one. */
  | { readonly peerId: string; readonly change: 'member-joined' | 'member-left'; readonly member: string; readonly atNs: bigint }
  | { readonly peerId: string; readonly standing: Standing }

/** As an app would, on a machine that is too busy to answer within 2 s. */
const attemptsMax = 5

const domains = new Map<string, Domain>()
const stepWatches = new Map<string, DomainStepWatch>()
const pushes = { documents: 0, bytes: 0 }
const handshakes = { count: 0 }

async function join({ cluster, discoveryUrl, atNs, counted, preset }: Extract<Call, { call: 'join' }>): Promise<Joined> {
  const here = await newcomer('bench')
  const config = async (): Promise<Partial<DomainConfig>> => {
    const swarm = await createSwarm(here.identity, { listen: ['/ip4/0.0.0.0/tcp/0'] })
    countHandshakes(swarm, handshakes)
    if (counted) countPushes(swarm, pushes)
    return { swarm, settings: { preset } }
  }
  const first = await config()
  await instant(atNs)
  const calledAtNs = process.hrtime.bigint()
  for (let attempts = 1; ; attempts++) {
    try {
      const domain = await here.join({ cluster, discoveryUrl }, attempts === 1 ? first : await config())
      const joinedAtNs = process.hrtime.bigint()
      domains.set(here.peer.peerId, domain)
      void tellChanges(domain)
      return { calledAtNs, attempts, joinedAtNs, view: viewOf(domain) }
    } catch (error) {
      if (!(error instanceof BootstrapError && error.code === 'discovery' && attempts < attemptsMax)) throw error
    }
  }
}

/** Resolves at the given instant, not before; the last stretch is waited for without a timer, which would be late. */
async function instant(atNs: bigint): Promise<void> {
  const remainingMs = Number(atNs - process.hrtime.bigint()) / 1e6
  if (remainingMs > 5) await new Promise((resolve) => setTimeout(resolve, remainingMs - 5))
  while (process.hrtime.bigint() < atNs);
}

async function tellChanges({ clusterManager }: Domain): Promise<void> {
  const peerId = clusterManager.localPeerId
  for await (const event of clusterManager.events()) {
    const atNs = process.hrtime.bigint()
    if (event.type === 'member-joined' || event.type === 'member-left')
      tell<Change>({ peerId, change: event.type, member: event.peerId, atNs })
    if (event.type !== 'role-changed' && event.type !== 'manager-changed') continue
    const { managerPeerId, role } = clusterManager
    tell<Change>({ peerId, standing: { managerPeerId, role, atNs } })
  }
}

function viewOf({ clusterManager }: Domain): View {
  const { localPeerId, managerPeerId, role, membership } = clusterManager
  return { peerId: localPeerId, managerPeerId, role, members: membership.peers.map(({ peerId }) => peerId) }
}

async function perform(call: Call): Promise<Answer> {
  if (call.call === 'join') return join(call)
  if (call.call === 'effort') return { ...pushes, handshakes: handshakes.count, cpuMs: cpuMs() }
  const domain = domains.get(call.peerId)
  if (domain === undefined) throw new Error(`there is no ${call.peerId} in this process`)
  if (call.call === 'view') return viewOf(domain)
  if (call.call === 'domain-steps') return stepWatchOf(call.peerId, domain).take()
  domains.delete(call.peerId)
  const calledAtNs = process.hrtime.bigint()
  await domain.leave()
  return { calledAtNs }
}

function stepWatchOf(peerId: string, domain: Domain): DomainStepWatch {
  const watch = stepWatches.get(peerId) ?? new DomainStepWatch(domain)
  stepWatches.set(peerId, watch)
  return watch
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

initOf()
onCall(perform)
