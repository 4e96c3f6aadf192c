/** A relay for peers that nobody can dial. */
import { reasonOf } from '@auki/canonical'
import { PeerIdentity, type RelayService, startRelay } from '@auki/domain'
import { isClusterName } from '@auki/network'
import { discoveryUrlOf } from '../contexts.ts'
import { CliError } from '../errors.ts'
import type { Host } from '../host.ts'
import { walletOf } from '../identity.ts'
import { Output } from '../output.ts'
import { aborted } from '../stop.ts'

export interface RelayOptions {
  readonly cluster?: readonly string[]
  readonly discovery?: string
  readonly open?: boolean
  readonly listen?: readonly string[]
  readonly announce?: readonly string[]
  readonly allow?: readonly string[]
  readonly members?: number
  readonly kbitPerMember?: number
  readonly seedFile?: string
  readonly json?: boolean
}

const defaultListen = ['/ip4/0.0.0.0/tcp/4001', '/ip4/0.0.0.0/tcp/4002/ws']

/** Relays until told to stop. @throws CliError 'wrong-usage'; Error for an address that can't be listened on */
export async function relay(options: RelayOptions, host: Host): Promise<void> {
  checkWhom(options)
  const out = new Output(host, options)
  await using service = await openRelay({ ...options, ...(options.cluster && { discovery: discoveryUrlOf(options, host) }) }, out, host)
  tellListening(service, out)
  await aborted(host.stop)
}

function checkWhom({ cluster: clusters = [], open = false }: RelayOptions): void {
  if (clusters.length === 0 && !open) throw new CliError('wrong-usage', 'whom to serve? Give --cluster NAME, or --open')
  const wrong = clusters.find((cluster) => !isClusterName(cluster))
  if (wrong === undefined) return
  throw new CliError('wrong-usage', `"${wrong}" can't be the name of a cluster: use 1 to 64 of A-Z a-z 0-9 _ - (and not "watch")`)
}

/** @throws Error with the addresses, when they can't be listened on. */
export async function openRelay(options: RelayOptions, out: Output, host: Host): Promise<RelayService> {
  const { cluster: clusters = [], discovery, listen = defaultListen, announce, open, allow, members, kbitPerMember } = options
  const identity = PeerIdentity.fromWallet(await walletOf(options))
  try {
    return await startRelay({
      ...{ identity, listen, clusters },
      ...(discovery !== undefined && { discoveryUrl: discovery }),
      ...(announce && { announce }),
      ...(open && { open }),
      ...(allow && { allow }),
      ...(members !== undefined && { members }),
      ...(kbitPerMember !== undefined && { kbitPerMember }),
      log: (level, text) => {
        if (level === 'warn' || host.debug) out.warn(text)
      },
      following: (cluster, isIn) =>
        out.event(
          { event: isIn ? 'following' : 'lost', cluster },
          isIn ? `serves the members of ${cluster}` : `is not in ${cluster} any more`
        )
    })
  } catch (cause) {
    throw new Error(`can't listen on ${listen.join(', ')}: ${reasonOf(cause)}; choose another address with --listen`, { cause })
  }
}

function tellListening({ peerId, multiaddrs }: RelayService, out: Output): void {
  out.event({ event: 'listening', peerId, multiaddrs: [...multiaddrs] }, [
    `relays as ${peerId} at`,
    ...multiaddrs.map((address) => `  ${address}`)
  ])
}
