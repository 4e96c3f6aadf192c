/** What `auki doctor` asks of Discovery: whether it is there, how fast, what time it is, whether events come through; and of a relay that it names. */
import { reasonOf } from '@auki/canonical'
import { createSwarm, DiscoveryClient, type DiscoveryClusterEntry, PeerIdentity, Wallet } from '@auki/domain'
import { troubleText } from '../discovery-trouble.ts'
import { clockOffMsMax, clustersLookedAt, discoveryTries, eventStreamMs, relayPlaceMs, slowDiscoveryMs } from '../settings.ts'
import { durationText } from '../units.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** What one visit has found out. */
export interface Visit {
  readonly url: string
  readonly rows: readonly DiscoveryClusterEntry[]
  /** The middle one of several requests, ms. */
  readonly tookMs: number
  /** How far its clock is ahead of ours, by the Date header, ms; undefined where there is none. */
  readonly aheadMs: number | undefined
  readonly hasEvents: boolean
}

/** @throws DiscoveryClientError; `signal.reason` */
export async function visit(url: string, signal: AbortSignal): Promise<Visit> {
  let aheadMs: number | undefined
  const client = new DiscoveryClient(url, {
    log: () => {},
    fetch: async (...args) => {
      const sentAtMs = Date.now()
      const answer = await fetch(...args)
      aheadMs = aheadOf(answer.headers.get('date'), sentAtMs, Date.now()) ?? aheadMs
      return answer
    }
  })
  let rows: readonly DiscoveryClusterEntry[] = []
  const tookMs: number[] = []
  for (let attempt = 0; attempt < discoveryTries; attempt += 1) {
    const startedAt = performance.now()
    rows = await client.list({ signal })
    tookMs.push(performance.now() - startedAt)
  }
  const middle = tookMs.toSorted((a, b) => a - b)[tookMs.length >> 1]!
  return { url, rows, tookMs: middle, aheadMs, hasEvents: rows.length === 0 || rows.some(({ revision }) => revision !== undefined) }
}

/** The header has whole seconds, and was written somewhere between the two; within that nothing is wrong. */
function aheadOf(date: string | null, sentAtMs: number, receivedAtMs: number): number | undefined {
  const statedMs = Date.parse(date ?? '')
  if (Number.isNaN(statedMs)) return undefined
  if (statedMs > receivedAtMs) return statedMs - receivedAtMs
  return statedMs + 1_000 < sentAtMs ? statedMs + 1_000 - sentAtMs : 0
}

export function reachable(url: string, found: Visit | Error): Finding {
  if (found instanceof Error) {
    const next = 'start one here with "auki discovery", or name another with --discovery, AUKI_DISCOVERY_URL or "auki context"'
    return fail(`no Discovery service at ${url}: ${troubleText(found)}`, next, { url })
  }
  const { tookMs, rows } = found
  const text = `Discovery at ${url} answers in ${durationText(tookMs)} and knows ${rows.length === 1 ? 'one cluster' : `${rows.length} clusters`}`
  const facts = { url, tookMs, clusters: rows.length }
  if (tookMs <= slowDiscoveryMs) return ok(text, facts)
  return warn(text, 'take one that is nearer: joining and healing wait for it several times', facts)
}

export function clock({ aheadMs }: Visit): Finding {
  if (aheadMs === undefined) return ok("Discovery does not say what time it is; this machine's clock was not checked")
  if (Math.abs(aheadMs) <= clockOffMsMax) return ok("this machine's clock agrees with Discovery's", { aheadMs })
  const text = `Discovery's clock is ${durationText(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's`
  return warn(text, 'set the clocks by NTP; domain time does not depend on them, but the times of logs in UTC do', { aheadMs })
}

/** A proxy that collects an answer before it passes it on lets no event through. */
export async function events({ url, hasEvents }: Visit, signal: AbortSignal): Promise<Finding> {
  if (!hasEvents) return ok('this Discovery service has no event stream; its rows are asked for')
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal, AbortSignal.timeout(eventStreamMs)])
  const startedAt = performance.now()
  let cameMs: number | undefined
  const onUp = (): void => {
    cameMs = performance.now() - startedAt
    stop.abort()
  }
  await new DiscoveryClient(url, { log: () => {} }).watch('auki-doctor', { signal: both, onUp, onDown: () => {}, onEvent: () => {} })
  signal.throwIfAborted()
  if (cameMs !== undefined) return ok(`events of Discovery come through, the first after ${durationText(cameMs)}`, { cameMs })
  const next = 'have the proxy before it pass event streams on at once (nginx: proxy_buffering off); until then peers ask once a second'
  return warn(`no event of Discovery came within ${durationText(eventStreamMs)}: something holds its event stream back`, next)
}

/** The relays that members of the cluster are reached through. @throws what joining throws */
export type RelaysIn = (cluster: string) => Promise<readonly string[]>

/** Takes a place at a relay: one that a row names, or that members of the newest clusters are reached through. */
export async function relay({ rows }: Visit, relaysIn: RelaysIn, signal: AbortSignal): Promise<Finding> {
  const inside = await Promise.all(rows.slice(0, clustersLookedAt).map(({ name }) => relaysIn(name).catch(() => [])))
  signal.throwIfAborted()
  const named = [...new Set([...rows.flatMap(({ relayMultiaddrs }) => relayMultiaddrs), ...inside.flat()])]
  if (named.length === 0) return ok("no cluster names a relay; one is needed where peers can't dial each other: auki discovery --relay")
  const failures: string[] = []
  for (const address of named.slice(0, 3)) {
    try {
      await placeAt(address, signal)
      return ok(`a relay has a place for a peer here: ${address}`, { relay: address, relays: named })
    } catch (error) {
      signal.throwIfAborted()
      failures.push(`${address}: ${reasonOf(error)}`)
    }
  }
  const next = 'see whether it runs and its port is open from here; peers that nobody can dial are not reached without it'
  return fail(`no relay can be used: ${failures.join('; ')}`, next, { relays: named })
}

async function placeAt(address: string, signal: AbortSignal): Promise<void> {
  const identity = PeerIdentity.fromWallet(Wallet.generate())
  const starting = createSwarm(identity, { listen: [`${address}/p2p-circuit`] })
  const late = starting.then((swarm) => swarm.stop()) // also when nobody waits for it any more
  late.catch(() => {})
  const within = AbortSignal.any([signal, AbortSignal.timeout(relayPlaceMs)])
  const timedOut = new Promise<never>((_, reject) => {
    within.addEventListener('abort', () => reject(new Error(`no place within ${durationText(relayPlaceMs)}`)), { once: true })
  })
  await Promise.race([starting, timedOut])
  await late
}
