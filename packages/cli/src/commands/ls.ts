import { ClusterManager } from '@auki/domain'
import { discoveryUrlOf } from '../contexts.ts'
import type { Host } from '../host.ts'
import type { LookOptions } from '../onlooker.ts'
import { Output, table } from '../output.ts'
import { Waiting } from '../waiting.ts'

export async function ls(options: LookOptions, host: Host): Promise<void> {
  const out = new Output(host, options)
  const url = discoveryUrlOf(options, host)
  const clusters = await new Waiting(host, options).for(`an answer of Discovery at ${url}`, (signal) =>
    ClusterManager.listClusters(url, { signal })
  )
  if (out.json) {
    for (const cluster of clusters) out.tell({ ...cluster }, cluster.name)
    return
  }
  const rows = clusters.map((cluster) => [cluster.name, String(cluster.peerCount), cluster.managerPeerId, String(cluster.revision ?? '-')])
  out.say(rows.length === 0 ? `no clusters at ${url}` : table(['CLUSTER', 'MEMBERS', 'MANAGER', 'REVISION'], rows))
}
