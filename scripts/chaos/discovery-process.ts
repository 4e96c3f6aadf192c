/** The Discovery service of a chaos run; it tells of every change of a row at the moment of the commit. */
import { createDiscoveryServer, memoryStore } from '@auki/discovery'
import type { DiscoveryInit, FromDiscovery } from './messages.ts'

const init: DiscoveryInit = JSON.parse(process.argv[2]!)

function tell(message: FromDiscovery): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {}) // the script may be going
}

process.on('disconnect', () => process.exit())
const store = memoryStore({ sweepAfterMs: init.rowLifeMs })
await store.watch(undefined, (event) => {
  if (event.type === 'snapshot' || event.type === 'ended') return
  const { revision, managerPeerId } = event.row
  tell({ type: 'commit', commit: { atNs: process.hrtime.bigint(), what: event.type, revision, managerPeerId } })
})
const { url } = await createDiscoveryServer({ port: init.port, store })
tell({ type: 'listening', url })
