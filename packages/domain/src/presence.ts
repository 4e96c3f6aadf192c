/** The way from what an app says to a running presence: checks before any I/O, then the node, the relay, the addresses, the cluster. */
import {
  checkDiscoveryUrl,
  createRuntime,
  createSwarm,
  cutAddresses,
  DiscoveryClient,
  declineAllStreams,
  isClusterName,
  isSwarmInUse,
  resolveAdvertiseMultiaddrs,
  type Swarm,
  takeSwarm
} from '@auki/network'
import { defaultListen } from '#default-listen'
import type { BootstrapInit } from './config.ts'
import { BootstrapError } from './errors.ts'
import { consoleLog } from './log.ts'
import { warnOfOpenAdmission } from './open-admission.ts'
import { type PresenceSettings, resolveSettings } from './settings.ts'
import { checkMultiaddrs } from './shell/addresses.ts'
import { systemClock } from './shell/clock.ts'
import { Engine } from './shell/engine.ts'
import type { OwnAddresses } from './shell/engine-init.ts'
import { bootstrapError } from './shell/failures.ts'
import { reasonOf } from './shell/reason.ts'
import { reserveAtRelay } from './shell/relay.ts'

/** @throws BootstrapError; RangeError for settings; `signal.reason`. Then everything is torn down, the swarm included. */
export async function openPresence(init: BootstrapInit, signal: AbortSignal | undefined): Promise<Engine> {
  checkSwarm(init.swarm)
  let swarm = init.swarm
  let engine: Engine | undefined
  try {
    // At once: of two joins with one swarm, the second one must find it taken.
    if (swarm !== undefined) takeSwarm(swarm)
    checkTarget(init)
    checkUrl(init)
    checkAddresses(init)
    const settings = resolveSettings(init.settings)
    signal?.throwIfAborted()
    swarm ??= await startSwarm(init)
    signal?.throwIfAborted()
    engine = startEngine(init, settings, swarm)
    const addresses = await ownAddresses(init, swarm, engine, signal)
    warnOfOpenAdmission(init, swarm.listenAddresses())
    const failure = await engine.bootstrap(addresses, signal)
    if (failure === undefined) return engine
    throw bootstrapError(failure, engine.standing.clusterName, engine.failures, engine.runtime)
  } catch (error) {
    // What goes wrong in going away is not what the app should hear of.
    await (engine?.teardown() ?? swarm?.stop())?.catch(() => {})
    throw error
  }
}

/** Somebody else's, or nobody's any more: left alone. */
function checkSwarm(swarm: Swarm | undefined): void {
  if (swarm === undefined || !isSwarmInUse(swarm)) return
  const message = 'the swarm serves another presence, has served one, or was stopped: make a new one for each join, or leave it out'
  throw new BootstrapError('runtime', message, { reason: 'swarm-in-use', swarm: swarm.peerId })
}

function checkTarget({ target, observer = false }: BootstrapInit): void {
  const name = target.kind === 'mostRecentOrCreate' ? target.fallbackName : target.name
  if (!isClusterName(name)) {
    const message = `"${name}" can't be the name of a cluster: use 1 to 64 of A-Z a-z 0-9 _ - (and not "watch")`
    throw new BootstrapError('invalid-name', message, { name })
  }
  if (observer && target.kind === 'create') {
    const message = `an observer can't create the cluster "${name}": join one, or do not be an observer`
    throw new BootstrapError('observer-cannot-create', message, { name })
  }
}

function checkUrl({ discoveryUrl }: BootstrapInit): void {
  try {
    checkDiscoveryUrl(discoveryUrl)
  } catch (cause) {
    throw new BootstrapError('discovery', reasonOf(cause), {}, { cause })
  }
}

async function startSwarm({ localIdentity }: BootstrapInit): Promise<Swarm> {
  try {
    return await createSwarm(localIdentity, { listen: defaultListen })
  } catch (cause) {
    throw new BootstrapError('runtime', `the network node could not start: ${reasonOf(cause)}`, {}, { cause })
  }
}

function startEngine(init: BootstrapInit, settings: PresenceSettings, swarm: Swarm): Engine {
  const { localIdentity, clock: sessionClock, daemonInfo, log = consoleLog } = init
  try {
    const engine = new Engine({
      localPeerId: localIdentity.peerId,
      target: init.target,
      observer: init.observer ?? false,
      settings,
      gate: init.admitGate,
      authorization: init.joinAuthorization ?? '',
      daemonInfo,
      sessionClock,
      discovery: new DiscoveryClient(init.discoveryUrl, settings.signWrites ? { identity: localIdentity } : {}),
      createRuntime: (handlers, heartbeatSource) =>
        createRuntime({
          swarm,
          members: [],
          handlers,
          heartbeatSource,
          log,
          areMembers: (peerId) => engine.areMembers(peerId),
          streamProvider: init.streamProvider ?? declineAllStreams(),
          dialPrivate: settings.dialPrivate,
          sessionEnded: () => engine.dataPlane.sessionHandle?.ended ?? false
        }),
      clock: systemClock,
      log
    })
    engine.dataPlane.provider = init.resourceCatalogProvider
    engine.dataPlane.sessionHandle = init.sessionHandle
    engine.dataPlane.registryStore = init.registryStore
    return engine
  } catch (cause) {
    throw new BootstrapError('runtime', `the network could not be set up: ${reasonOf(cause)}`, {}, { cause })
  }
}

async function ownAddresses(init: BootstrapInit, swarm: Swarm, engine: Engine, signal: AbortSignal | undefined): Promise<OwnAddresses> {
  const { localMultiaddrs = [], relayMultiaddrs = [], relayReservation, discoveryUrl, log = consoleLog } = init
  const place = relayReservation && (await reserveAtRelay(engine.runtime, relayReservation, signal))
  signal?.throwIfAborted()
  const places = place === undefined ? [] : [place.circuitMultiaddr]
  const options = { discoveryUrl, places, log, ...(signal && { signal }) }
  const multiaddrs = await resolveAdvertiseMultiaddrs(swarm, localMultiaddrs, options)
  const relays = cutAddresses([...(place === undefined ? [] : [place.relayMultiaddr]), ...relayMultiaddrs])
  if (relays.rest.length > 0) log('warn', `not all relays are told to others; left out: ${relays.rest.join(', ')}`, { rest: relays.rest })
  return { multiaddrs, relayMultiaddrs: relays.told }
}

// One bad address would make every request of ours unreadable, and every retry of it.
function checkAddresses({ localMultiaddrs = [], relayMultiaddrs = [] }: BootstrapInit): void {
  try {
    checkMultiaddrs([...localMultiaddrs, ...relayMultiaddrs])
  } catch (cause) {
    throw new BootstrapError('runtime', `an address to be reached at is none: ${reasonOf(cause)}`, {}, { cause })
  }
}
