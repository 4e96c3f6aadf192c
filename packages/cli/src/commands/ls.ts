import { ClusterManager } from '@auki/domain'
import type { Host } from '../host.ts'
import { Output } from '../output.ts'
import { needDiscovery } from '../parse.ts'

const columns: readonly Column[] = [
  { title: 'CLUSTER' },
  { title: 'MEMBERS', align: 'right', whole: true },
  { title: 'MANAGER' },
  { title: 'SINCE', whole: true },
  { title: 'REVISION', wide: true }
]

export async function ls(options: TableOptions & { readonly discovery?: string }, host: Host): Promise<void> {
  const out = new Output(host, options)
  const url = needDiscovery(options)
  const clusters = await ClusterManager.listClusters(url, { signal: host.stop })
  if (out.json) for (const cluster of clusters) out.tell({ ...cluster }, cluster.name)
  else if (clusters.length === 0) out.say(`no clusters at ${url}`)
  else out.table(columns, clusters.map(cellsOf))
}

function cellsOf({ name, peerCount, managerPeerId, createdNs, revision }: DiscoveryClusterEntry): Cell[] {
  return [name, countText(peerCount), managerPeerId, agoText(Date.now() - Number(createdNs / 1_000_000n)), String(revision ?? '-')]
}
