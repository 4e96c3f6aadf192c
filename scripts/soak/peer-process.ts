/** A peer of a soak in a process of its own. */
import { type Domain, PeerIdentity, type ResourceEntry, Wallet } from '@auki/domain'
import { initOf, newcomer, onCall, tell } from '@auki/testkit/processes'
import type { FromSoak, SoakInit, ToSoak } from './messages.ts'
import { bytesOf, numberOf } from './numbers.ts'
import { type Appended, addSource, startPose, startSources } from './sources.ts'
import { Tally } from './tally.ts'

const mib = 2 ** 20
const init = initOf<SoakInit>()
const tallies: Tally[] = []
const appended: Appended = {}
const identity = init.seed === undefined ? undefined : PeerIdentity.fromWallet(Wallet.fromSeed(Buffer.from(init.seed, 'hex')))
const { peer, session, join } = await newcomer(init.role, identity)

async function enter(): Promise<Domain> {
  if (init.role === 'robot') await startSources(peer, session, appended)
  if (init.role === 'rover') await startPose(peer, session, appended)
  return join(init, { settings: { preset: 'lan' } })
}

/** Every log of every other member. */
async function readAll({ clusterManager }: Domain): Promise<void> {
  const { membership, localPeerId } = clusterManager
  for (const { peerId } of membership.peers) {
    if (peerId === localPeerId) continue
    const { resources } = await clusterManager.fetchResourcesCatalog(peerId)
    for (const row of resources) await read(clusterManager, row)
  }
}

async function read(manager: Domain['clusterManager'], row: ResourceEntry): Promise<void> {
  const subscription = await manager.openResource(row)
  const tally = new Tally(row.resourceId)
  tallies.push(tally)
  void (async () => {
    for await (const entry of subscription) {
      const { payload } = entry
      tally.count(
        numberOf(payload),
        latencyMs(manager, () => subscription.toDomainTime(entry).timeNs),
        bytesOf(payload)
      )
    }
  })()
    .catch(() => {}) // how it ended is told below
    .then(async () => tally.end(JSON.stringify(await subscription.ended)))
}

/** The robot's clock and ours both convert to domain time, or it is not known. */
function latencyMs(manager: Domain['clusterManager'], stampedNs: () => bigint): number | undefined {
  try {
    return Number(manager.domainTimeNow() - stampedNs()) / 1e6
  } catch {
    return undefined
  }
}

function report(): void {
  globalThis.gc?.()
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  const memory = { rssMiB: rss / mib, heapMiB: heapUsed / mib, buffersMiB: arrayBuffers / mib }
  tell<FromSoak>({ type: 'report', memory, streams: tallies.map((tally) => tally.take()), appended })
}

const domain = await enter()
const { clusterManager } = domain
tell<FromSoak>({ type: 'joined', peerId: clusterManager.localPeerId })
tell<FromSoak>({ type: 'manager', peerId: clusterManager.managerPeerId, atNs: process.hrtime.bigint() })
onCall((call: ToSoak) => {
  if (call === 'read') void readAll(domain)
  else if (call === 'add') void addSource(peer, session, appended)
  else report()
})
for await (const { type } of clusterManager.events())
  if (type === 'manager-changed' || type === 'role-changed')
    tell<FromSoak>({ type: 'manager', peerId: clusterManager.managerPeerId, atNs: process.hrtime.bigint() })
