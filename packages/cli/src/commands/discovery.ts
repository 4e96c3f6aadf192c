import { reasonOf } from '@auki/canonical'
import { createDiscoveryServer, type DiscoveryLogLine } from '@auki/discovery'
import type { RelayService } from '@auki/domain'
import type { Host } from '../host.ts'
import { Output } from '../output.ts'
import { urlsFor } from '../own-urls.ts'
import { labelOf } from '../peer-names.ts'
import { aborted } from '../stop.ts'
import { openRelay } from './relay.ts'

export interface DiscoveryOptions {
  readonly host: string
  readonly port: number
  /** ms */
  readonly rowLife: number
  /** ms */
  readonly rowLifeMax: number
  /** Relay besides, for the members of every cluster here. */
  readonly relay?: boolean
  readonly relayListen?: readonly string[]
  readonly seedFile?: string
  readonly json?: boolean
}

/** Serves until told to stop. @throws DiscoveryServiceError */
export async function discovery(options: DiscoveryOptions, host: Host): Promise<void> {
  const out = new Output(host, options)
  let relay: RelayService | undefined
  await using service = await createDiscoveryServer({
    host: options.host,
    port: options.port,
    sweepAfterMs: options.rowLife,
    rowLifeMaxMs: options.rowLifeMax,
    log: (line) => {
      tell(out, line)
      if (line.event === 'created') relay?.follow(line.name)
    }
  })
  if (options.relay === true) relay = await relayBeside(service.url, options, out, host)
  await using _ = relay
  const multiaddrs = relay && [...relay.multiaddrs]
  const besides = multiaddrs === undefined ? [] : ['relays at', ...multiaddrs.map((address) => `  ${address}`)]
  const urls = urlsFor(service.url, options.host)
  const [url, ...others] = urls
  const facts = { event: 'listening', url, ...(others.length > 0 && { urls }), ...(multiaddrs && { multiaddrs }) }
  out.event(facts, [`Discovery listens at ${url}`, ...others.map((other) => `  and at ${other}`), ...besides])
  await aborted(host.stop)
}

function relayBeside(discovery: string, options: DiscoveryOptions, out: Output, host: Host): Promise<RelayService> {
  const { relayListen: listen, seedFile } = options
  return openRelay({ discovery, ...(listen && { listen }), ...(seedFile !== undefined && { seedFile }) }, out, host)
}

function tell(out: Output, line: DiscoveryLogLine): void {
  if (line.event === 'request-failed') {
    out.warn(`${line.method} ${line.path} failed: ${reasonOf(line.error)}`)
    return
  }
  const manager = labelOf({ peerId: line.managerPeerId })
  out.event({ ...line }, `${line.event.padEnd(7)}  ${line.name}  Manager ${manager}  revision ${line.revision}`)
}
