import { ClusterManager } from '@auki/domain'
import type { Host } from '../host.ts'
import { Output, table } from '../output.ts'
import { needDiscovery } from '../parse.ts'

export async function ls(options: { readonly discovery?: string; readonly json?: boolean }, host: Host): Promise<void> {
  const out = new Output(host, options)
  const url = needDiscovery(options)
  const clusters = await ClusterManager.listClusters(url, { signal: host.stop })
  if (out.json) {
    for (const cluster of clusters) out.tell({ ...cluster }, cluster.name)
    return
  }
  const rows = clusters.map((cluster) => [cluster.name, String(cluster.peerCount), cluster.managerPeerId, String(cluster.revision ?? '-')])
  out.say(rows.length === 0 ? `no clusters at ${url}` : table(['CLUSTER', 'MEMBERS', 'MANAGER', 'REVISION'], rows))
}
