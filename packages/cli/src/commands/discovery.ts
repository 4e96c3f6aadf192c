import { reasonOf } from '@auki/canonical'
import { createDiscoveryServer, type DiscoveryLogLine } from '@auki/discovery'
import type { Host } from '../host.ts'
import { Output } from '../output.ts'
import { aborted } from '../stop.ts'

export interface DiscoveryOptions {
  readonly host: string
  readonly port: number
  /** ms */
  readonly rowLife: number
  /** ms */
  readonly rowLifeMax: number
  readonly json?: boolean
}

/** Serves until told to stop. @throws DiscoveryServiceError */
export async function discovery(options: DiscoveryOptions, host: Host): Promise<void> {
  const out = new Output(host, options)
  await using service = await createDiscoveryServer({
    host: options.host,
    port: options.port,
    sweepAfterMs: options.rowLife,
    rowLifeMaxMs: options.rowLifeMax,
    log: (line) => tell(out, line)
  })
  out.tell({ event: 'listening', url: service.url }, `Discovery listens at ${service.url}`)
  await aborted(host.stop)
}

function tell(out: Output, line: DiscoveryLogLine): void {
  if (line.event === 'request-failed') {
    out.warn(`${line.method} ${line.path} failed: ${reasonOf(line.error)}`)
    return
  }
  out.tell({ ...line }, `${line.event.padEnd(7)}  ${line.name}  Manager ${line.managerPeerId}  revision ${line.revision}`)
}
