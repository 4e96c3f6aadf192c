/** What is wrong with this machine and its network, as far as clusters are concerned, and what to do about it. */
import { toError } from '@auki/canonical'
import { discoveryUrlOf } from '../contexts.ts'
import type { Check, Finding } from '../doctor/finding.ts'
import * as machine from '../doctor/machine.ts'
import * as service from '../doctor/service.ts'
import { CliError } from '../errors.ts'
import type { Host } from '../host.ts'
import { lookAt } from '../onlooker.ts'
import { Output } from '../output.ts'
import { lookInMs } from '../settings.ts'
import { sayWhile } from '../waiting.ts'

export interface DoctorOptions {
  readonly discovery?: string
  readonly json?: boolean
}

/** @throws CliError 'unwell' when a check has failed */
export async function doctor(version: string, options: DoctorOptions, host: Host): Promise<void> {
  const out = new Output(host, options)
  const url = discoveryUrlOf(options, host)
  const failed: string[] = []
  for (const { name, awaited, run } of checksOf(version, url, host)) {
    const finding = await sayWhile(host, awaited, run(host.stop))
    host.stop.throwIfAborted()
    if (finding === undefined) continue
    if (finding.verdict === 'fail') failed.push(name)
    tell(name, finding, out)
  }
  if (failed.length === 0) return
  const what = failed.length === 1 ? 'a check has failed' : `${failed.length} checks have failed`
  throw new CliError('unwell', `${what}: ${failed.join(', ')}; what to do is said there`, { checks: failed })
}

/** In the order in which they are told. What asks Discovery is left out where there is none. */
function checksOf(version: string, url: string, host: Host): Check[] {
  const visiting: Promise<service.Visit | Error> = service.visit(url, host.stop).catch(toError)
  const ask = (question: (visit: service.Visit, signal: AbortSignal) => Finding | Promise<Finding>): Check['run'] => {
    return async (signal) => {
      const visit = await visiting
      signal.throwIfAborted()
      return visit instanceof Error ? undefined : question(visit, signal)
    }
  }
  const awaited = `an answer of Discovery at ${url}`
  return [
    { name: 'node', awaited: 'Node', run: () => machine.node(version) },
    { name: 'ports', awaited: 'ports', run: () => machine.ports(localPort(url)) },
    { name: 'addresses', awaited: 'the addresses of this machine', run: () => machine.addresses(url) },
    { name: 'ipv6', awaited: 'the addresses of this machine', run: machine.ipv6 },
    { name: 'discovery', awaited, run: async () => service.reachable(url, await visiting) },
    { name: 'clock', awaited, run: ask(service.clock) },
    { name: 'events', awaited: `an event of Discovery at ${url}`, run: ask(service.events) },
    {
      name: 'relay',
      awaited: 'a place at a relay',
      run: ask((visit, signal) => service.relay(visit, (cluster) => relaysIn(cluster, url, host), signal))
    }
  ]
}

async function relaysIn(cluster: string, url: string, host: Host): Promise<string[]> {
  await using presence = await lookAt(cluster, 'auki doctor', { discovery: url, timeout: lookInMs }, host)
  const { membership } = presence.domain.clusterManager
  const circuits = membership.peers.flatMap(({ multiaddrs }) => multiaddrs.filter((address) => address.includes('/p2p-circuit')))
  return circuits.map((address) => address.slice(0, address.indexOf('/p2p-circuit')))
}

function tell(check: string, { verdict, text, next, facts = {} }: Finding, out: Output): void {
  const lines = [`${verdict.padEnd(4)}  ${check.padEnd(9)}  ${text}`, ...(next === undefined ? [] : [`${' '.repeat(17)}→ ${next}`])]
  out.tell({ event: 'finding', check, verdict, text, next, ...facts }, lines)
}

/** Where the service is expected on this machine. */
function localPort(url: string): number | undefined {
  const { hostname, port } = new URL(url)
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname) ? Number(port || 80) : undefined
}
