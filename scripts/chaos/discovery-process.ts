/** The Discovery service of a chaos run; it tells of every change of a row at the moment of the commit. */
import { createDiscoveryServer, memoryStore } from '@auki/discovery'
import { initOf, tell } from '@auki/testkit/processes'
import type { DiscoveryInit, FromDiscovery } from './messages.ts'

const init = initOf<DiscoveryInit>()

const store = memoryStore({ sweepAfterMs: init.rowLifeMs })
await store.watch(undefined, (event) => {
  if (event.type === 'snapshot' || event.type === 'ended') return
  const { revision, managerPeerId } = event.row
  tell<FromDiscovery>({ type: 'commit', commit: { atNs: process.hrtime.bigint(), what: event.type, revision, managerPeerId } })
})
const { url } = await createDiscoveryServer({ port: init.port, store })
tell<FromDiscovery>({ type: 'listening', url })
