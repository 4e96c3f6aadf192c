import { Wallet } from '@auki/domain'
import { discoveryUrlOf } from './contexts.ts'
import type { Host } from './host.ts'
import { Output, type OutputOptions } from './output.ts'
import { enter, type Presence } from './presence.ts'
import { Waiting } from './waiting.ts'

/** What every command that looks at a cluster takes. */
export interface LookOptions extends OutputOptions {
  readonly discovery?: string
  /** ms, for everything that comes before what the command is for. */
  readonly timeout?: number
  /** Wait for a cluster, and for a peer, that are to come. */
  readonly wait?: boolean
}

/**
 * Joins a cluster to look at it: as an observer with a new identity, without logs, that only dials.
 *
 * @param name - what the members call it.
 * @throws what joining throws.
 */
export async function lookAt(cluster: string, name: string, options: LookOptions, host: Host): Promise<Presence> {
  const init = {
    cluster,
    discoveryUrl: discoveryUrlOf(options, host),
    target: options.wait === true ? 'join-once-there' : 'join',
    wallet: Wallet.generate(),
    name,
    listen: [],
    observer: true
  } as const
  return enter(init, { out: new Output(host, options), waiting: new Waiting(host, options) }, host)
}
