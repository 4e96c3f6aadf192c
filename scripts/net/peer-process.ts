/** A peer of the lab in a process of its own: it has logs, reads those of others, and tells what happens. */
import type { Domain } from '@auki/domain'
import { initOf, newcomer, onCall, tell } from '@auki/testkit/processes'
import { offsetAt, type SessionClock } from '@auki/time'
import { type ClockReading, type Fresh, nowMs, type PeerInit, type Stream, type Told, type ToPeer, type View } from './messages.ts'
import { startOffers } from './offers.ts'
import { Reader } from './reader.ts'

const init = initOf<PeerInit>()
const { peer, session, join } = await newcomer(init.name)
await startOffers(peer, session, init)
const zeroNs = zeroOf(session.clock)

let domain: Domain | undefined
let reader: Reader | undefined

const warn = (text: string): void => tell<Told>({ told: 'warning', atMs: nowMs(), text })

/** The read that was interrupted least tells. */
function zeroOf(clock: SessionClock): bigint {
  let best = { zeroNs: 0n, tookNs: 2n ** 62n }
  for (let n = 0; n < 10_000; n++) {
    const before = process.hrtime.bigint()
    const nowNs = clock.nowNs()
    const tookNs = process.hrtime.bigint() - before
    if (tookNs < best.tookNs) best = { zeroNs: before + tookNs / 2n - nowNs, tookNs }
  }
  return best.zeroNs
}

async function enter(): Promise<View> {
  domain = await join(init, {
    ...init.config,
    log: (level, text, details) => {
      if (level === 'warn') warn(`${text} ${JSON.stringify(details ?? {})}`)
    }
  })
  void tellEvents(domain)
  void domain.closed.then((why) => tell<Told>({ told: 'over', atMs: nowMs(), code: why?.code }))
  return look(domain)
}

async function tellEvents({ clusterManager }: Domain): Promise<void> {
  for await (const event of clusterManager.events()) tell<Told>({ told: 'event', atMs: nowMs(), event })
}

function look({ clusterManager, addresses }: Domain): View {
  const { localPeerId: peerId, role, managerPeerId, membership } = clusterManager
  const members = membership.peers.map((member) => ({
    peerId: member.peerId,
    name: member.name,
    indirect: member.indirect === true,
    multiaddrs: member.multiaddrs
  }))
  return { peerId, role, managerPeerId, members, addresses }
}

function readClocks({ clusterManager }: Domain): ClockReading {
  const nowNs = session.clock.nowNs()
  const others = clusterManager.clockSyncEstimates().map((estimate) => ({
    clockId: estimate.toClockId,
    zeroNs: zeroNs - offsetAt(estimate, nowNs),
    uncertaintyNs: estimate.uncertaintyNs,
    ageNs: estimate.ageNs
  }))
  return { clockId: session.clock.id, zeroNs, others }
}

async function perform(call: ToPeer): Promise<View | Stream[] | Fresh[] | ClockReading | undefined> {
  if (call.call === 'ready') return undefined
  if (call.call === 'join') return enter()
  if (domain === undefined) throw new Error('it has not joined')
  switch (call.call) {
    case 'read':
      reader ??= new Reader(domain, warn)
      return undefined
    case 'look':
      return look(domain)
    case 'streams':
      return reader?.streams() ?? []
    case 'fresh':
      return reader?.fresh(call.stampedMs) ?? []
    case 'clock':
      return readClocks(domain)
    case 'leave':
      await domain.leave()
      return undefined
  }
}

onCall(perform)
