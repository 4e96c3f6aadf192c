/** Who is in a cluster, and how each is reached from here. */
import type { Domain, DomainPeer, PeerContact } from '@auki/domain'
import type { Host } from '../host.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import type { JsonRecord } from '../output.ts'
import { labelOf } from '../peer-names.ts'
import { reachWithinMs } from '../settings.ts'
import type { Cell, Column } from '../table.ts'
import { agoText, shortDurationText } from '../units.ts'
import { addressText, roleOf, wayText } from '../ways.ts'

interface Row {
  readonly peer: DomainPeer
  readonly contact: PeerContact | undefined
  /** Undefined: it was not reached. */
  readonly rttMs: number | undefined
  /** Where it says that it can be reached. */
  readonly multiaddrs: readonly string[]
}

const columns: readonly Column[] = [
  { title: 'PEER' },
  { title: 'ROLE', whole: true },
  { title: 'ADDRESS' },
  { title: 'RTT', align: 'right', whole: true },
  { title: 'HEARD', align: 'right', whole: true },
  { title: 'ID', wide: true }
]

/** All members but ourselves, observers marked. */
export async function peers(cluster: string, options: LookOptions, host: Host): Promise<void> {
  await using presence = await lookAt(cluster, 'auki peers', options, host)
  const { domain, out, waiting } = presence
  const others = domain.peers.filter(({ isSelf }) => !isSelf)
  const reached = waiting.for(`answers of ${others.length === 1 ? 'a peer' : `${others.length} peers`}`, (stop) =>
    Promise.all(others.map((peer) => rowOf(domain, peer, stop)))
  )
  const rows = await reached
  if (out.json) for (const row of rows) out.tell(factsOf(row), [])
  else if (rows.length === 0) out.say(`nobody else is in ${cluster}`)
  else
    out.table(
      columns,
      rows.map((row) => cellsOf(row, domain.peers))
    )
}

async function rowOf(domain: Domain, peer: DomainPeer, stop: AbortSignal): Promise<Row> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(reachWithinMs)])
  const rttMs = await domain.ping(peer.peerId, { signal }).catch(() => undefined)
  stop.throwIfAborted()
  const member = domain.clusterManager.membership.peers.find(({ peerId }) => peerId === peer.peerId)
  return { peer, contact: domain.contactOf(peer.peerId), rttMs, multiaddrs: member?.multiaddrs ?? [] }
}

function factsOf({ peer, contact, rttMs, multiaddrs }: Row): JsonRecord {
  const { peerId, name, isManager, observer, indirect = false } = peer
  const reached = {
    connected: contact !== undefined,
    address: contact?.multiaddr,
    relayed: contact?.relayed,
    rttMs,
    silentMs: contact?.silentMs
  }
  return { peerId, name, role: roleOf(peer).toLowerCase(), isManager, observer, indirect, ...reached, multiaddrs }
}

function cellsOf({ peer, contact, rttMs, multiaddrs }: Row, all: readonly DomainPeer[]): Cell[] {
  const address =
    contact === undefined ? `not reached${multiaddrs.length === 0 ? '' : ` at ${addressText(multiaddrs[0]!)}`}` : wayText(contact)
  const rtt = rttMs === undefined ? '-' : shortDurationText(BigInt(Math.round(rttMs * 1e6)))
  return [labelOf(peer, all), roleOf(peer), address, rtt, contact === undefined ? '-' : agoText(contact.silentMs), peer.peerId]
}
