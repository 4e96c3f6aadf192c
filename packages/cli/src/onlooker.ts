import { Wallet } from '@auki/domain'
import type { Host } from './host.ts'
import { Output, type OutputOptions } from './output.ts'
import { needDiscovery } from './parse.ts'
import { enter, type Presence } from './presence.ts'

/** What every command that looks at a cluster takes. */
export interface LookOptions extends OutputOptions {
  readonly discovery?: string
}

/**
 * Joins a cluster to look at it: as an observer with a new identity, without logs, that only dials.
 *
 * @param name - what the members call it.
 * @throws CliError 'wrong-usage' when no Discovery service is named; what joining throws.
 */
export async function lookAt(cluster: string, name: string, options: LookOptions, host: Host): Promise<Presence> {
  const init = {
    cluster,
    discoveryUrl: needDiscovery(options),
    target: 'join',
    wallet: Wallet.generate(),
    name,
    listen: [],
    observer: true
  } as const
  return enter(init, new Output(host, options), host)
}
