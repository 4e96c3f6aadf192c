/** From the app's configuration to a running presence: checks before any I/O, then the node, its addresses, the engine, the cluster. */
import { reasonOf, systemClock } from '@auki/canonical'
import {
  addressParts,
  checkDiscoveryUrl,
  createRuntime,
  createSwarm,
  cutAddresses,
  DiscoveryClient,
  declineAllStreams,
  isClusterName,
  isSwarmInUse,
  type RelayUse,
  type Swarm,
  takeSwarm,
  watchAddresses
} from '@auki/network'
import { defaultListen } from '#default-listen'
import type { BootstrapInit } from './config.ts'
import { BootstrapError } from './errors.ts'
import { consoleLog } from './log.ts'
import { warnOfOpenAdmission } from './open-admission.ts'
import { type PresenceSettings, resolveSettings } from './presence-settings.ts'
import { checkMultiaddrs } from './shell/addresses.ts'
import { Engine } from './shell/engine.ts'
import type { OwnAddresses } from './shell/engine-init.ts'
import type { CallOptions } from './shell/fetch.ts'
import { anyPlace, firstPlace, type RelayPlace, relaysOfRow, relayUseOf } from './shell/relay.ts'

/** @throws BootstrapError; RangeError for settings; `signal.reason`. Then everything is torn down, the swarm included. */
export async function openPresence(init: BootstrapInit, signal: AbortSignal | undefined): Promise<Engine> {
  checkSwarm(init)
  let swarm = init.swarm
  let engine: Engine | undefined
  try {
    // Before anything is awaited: of two concurrent joins with one swarm, the second must find it taken.
    if (swarm !== undefined) takeSwarm(swarm)
    checkTarget(init)
    await attempt({ code: 'discovery', what: '' }, () => checkDiscoveryUrl(init.discoveryUrl))
    for (const option of addressOptions)
      await attempt({ what: `${option} has what is no multiaddr: ` }, () => checkMultiaddrs(init[option] ?? []))
    const settings = resolveSettings(init.settings)
    const relay = relayUseOf(init)
    signal?.throwIfAborted()
    swarm ??= await createNode(init, signal)
    engine = await startEngine({ ...init, relayUse: relay }, settings, swarm)
    const place =
      (await firstPlace(engine.runtime, init, signal)) ?? (await neededPlace(engine, swarm, { ...init, relayUse: relay, signal }))
    await followAddresses(engine, swarm, { ...init, place, signal })
    warnOfOpenAdmission(init, swarm.listenAddresses())
    await engine.bootstrap(signal)
    return engine
  } catch (error) {
    // The app is told why joining failed, not what went wrong while cleaning up.
    await (engine?.life.end() ?? swarm?.stop())?.catch(() => {})
    throw error
  }
}

// Receivers reject a whole request for one malformed address, so each of our requests would fail, and so would its retries.
const addressOptions = ['listen', 'announce', 'localMultiaddrs', 'relayMultiaddrs'] as const

interface Attempt extends CallOptions {
  readonly code?: 'runtime' | 'discovery'
  /** How the message begins that ends in why. */
  readonly what?: string
}

/** @throws BootstrapError; `signal.reason`. */
async function attempt<T>(
  { code = 'runtime', what = 'the network could not be set up: ', signal }: Attempt,
  work: () => T | Promise<T>
): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    signal?.throwIfAborted()
    throw new BootstrapError(code, `${what}${reasonOf(cause)}`, {}, { cause })
  }
}

/** A swarm in use belongs to another presence, and a stopped one to nobody: neither is touched. */
function checkSwarm({ swarm, listen, announce }: BootstrapInit): void {
  if (swarm === undefined) return
  if (listen !== undefined || announce !== undefined) {
    const message = 'listen and announce are for a node that is made here: give them to createSwarm, or leave out the swarm'
    throw new BootstrapError('runtime', message, { reason: 'swarm-and-listen' })
  }
  if (!isSwarmInUse(swarm)) return
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

async function createNode(
  { localIdentity, listen = defaultListen, announce = [] }: BootstrapInit,
  signal: AbortSignal | undefined
): Promise<Swarm> {
  const what = listen.length === 0 ? undefined : `can't listen on ${listen.join(', ')}: `
  return attempt({ signal, ...(what && { what }) }, () => createSwarm(localIdentity, { listen, announce }))
}

const nowhere: OwnAddresses = { multiaddrs: [], relayMultiaddrs: [] }

interface RelayInit extends BootstrapInit {
  readonly relayUse: RelayUse
}

/** Who listens on nothing is reached at a relay or not at all, and had better say where when it comes. */
async function neededPlace(
  { runtime }: Engine,
  swarm: Swarm,
  { relayUse, relayMultiaddrs = [], discoveryUrl, target, signal }: RelayInit & CallOptions
): Promise<RelayPlace | undefined> {
  if (relayUse.auto !== true || swarm.listenAddresses().length > 0) return undefined
  const named = target.kind === 'mostRecentOrCreate' ? [] : await relaysOfRow(new DiscoveryClient(discoveryUrl), target.name, signal)
  return anyPlace(runtime, [...relayMultiaddrs, ...named], signal)
}

function startEngine(init: RelayInit, settings: PresenceSettings, swarm: Swarm): Promise<Engine> {
  const { localIdentity, clock: sessionClock, daemonInfo, target, log = consoleLog } = init
  const { streamProvider = declineAllStreams(), resourceCatalogProvider: provider, sessionHandle, registryStore } = init
  const { dialPrivate, signWrites } = settings
  return attempt(
    {},
    () =>
      new Engine({
        localPeerId: localIdentity.peerId,
        ...{ target, settings, daemonInfo, sessionClock, addresses: nowhere, log },
        observer: init.observer ?? false,
        gate: init.admitGate,
        authorization: init.joinAuthorization ?? '',
        sources: { provider, sessionHandle, registryStore },
        discovery: new DiscoveryClient(init.discoveryUrl, { log, ...(signWrites && { identity: localIdentity }) }),
        createRuntime: (parts) => createRuntime({ ...parts, swarm, members: [], streamProvider, dialPrivate, relay: init.relayUse, log }),
        clock: systemClock
      })
  )
}

interface AddressInit extends BootstrapInit, CallOptions {
  readonly place: RelayPlace | undefined
}

/** Has the engine tell others where we can be reached, with our place at a relay where we have one; from now on, until it ends. */
async function followAddresses(engine: Engine, swarm: Swarm, { place, signal, ...init }: AddressInit): Promise<void> {
  const { localMultiaddrs: override = [], relayMultiaddrs = [], listen, discoveryUrl, log = consoleLog } = init
  const relays = cutAddresses([...(place === undefined ? [] : [place.relayMultiaddr]), ...relayMultiaddrs])
  if (relays.rest.length > 0) log('warn', `not all relays are told to others; left out: ${relays.rest.join(', ')}`, { rest: relays.rest })
  const changed = (multiaddrs: readonly string[]): void => engine.setAddresses({ multiaddrs, relayMultiaddrs: relays.told })
  const places = place === undefined ? [] : [place.circuitMultiaddr]
  const loopbackIsMeant = listen?.every((address) => addressParts(address).scope === 'loopback') ?? false
  const options = { override, discoveryUrl, places, loopbackIsMeant, log, signal, changed }
  const watch = await attempt({ signal }, () => watchAddresses(swarm, options))
  engine.life.stopped.addEventListener('abort', () => watch[Symbol.dispose](), { once: true })
  changed(watch.multiaddrs)
}
