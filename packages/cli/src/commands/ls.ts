import { ClusterManager, type DiscoveryClusterEntry } from '@auki/domain'
import { discoveryUrlOf } from '../contexts.ts'
import { toDiscovery } from '../discovery-trouble.ts'
import type { Host } from '../host.ts'
import type { LookOptions } from '../onlooker.ts'
import { Output } from '../output.ts'
import { labelOf } from '../peer-names.ts'
import type { Cell, Column } from '../table.ts'
import { agoText, countText } from '../units.ts'
import { Waiting } from '../waiting.ts'

const columns: readonly Column[] = [
  { title: 'CLUSTER' },
  { title: 'MEMBERS', align: 'right', whole: true },
  { title: 'MANAGER' },
  { title: 'CREATED', align: 'right', whole: true },
  { title: 'REVISION', wide: true },
  { title: 'MANAGER ID', wide: true }
]

export async function ls(options: LookOptions, host: Host): Promise<void> {
  const out = new Output(host, options)
  const url = discoveryUrlOf(options, host)
  const clusters = await new Waiting(host, options).for(`an answer of Discovery at ${url}`, (signal) =>
    toDiscovery(url, ClusterManager.listClusters(url, { signal }))
  )
  if (out.json) for (const cluster of clusters) out.tell({ ...cluster }, cluster.name)
  else if (clusters.length === 0) out.say(`no clusters at ${url}`)
  else
    out.table(
      columns,
      clusters.map((row) => cellsOf(row, clusters))
    )
}

function cellsOf(row: DiscoveryClusterEntry, rows: readonly DiscoveryClusterEntry[]): Cell[] {
  const { name, peerCount, managerPeerId: peerId, createdNs, revision } = row
  const manager = labelOf(
    { peerId },
    rows.map(({ managerPeerId }) => ({ peerId: managerPeerId }))
  )
  const age = agoText(Date.now() - Number(createdNs / 1_000_000n))
  return [name, countText(peerCount), manager, age, String(revision ?? '-'), peerId]
}
