/** A peer of a chaos run: it joins when told to, and reports what it believes to be. */
import { AukiError, ClusterTarget, createSwarm, Domain, Peer, PeerIdentity } from '@auki/domain'
import { dialFrom } from './dial-from.ts'
import type { FromPeer, PeerInit, ToPeer } from './messages.ts'
import { Reporter } from './reporter.ts'
import { startTicking, TickReader } from './ticks.ts'

const init: PeerInit = JSON.parse(process.argv[2]!)
dialFrom(init.sourceAddress)
const identity = PeerIdentity.fromSeed(Buffer.from(init.identitySeed, 'hex'))
const swarm = await createSwarm(identity, { listen: ['/ip4/127.0.0.1/tcp/0'] })

function tell(message: FromPeer): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {}) // the script may be going
}

async function join(): Promise<Domain> {
  const peer = new Peer({ peerId: identity.peerId, appId: 'chaos' })
  const session = await peer.startSession()
  await startTicking(peer, session)
  return Domain.join(peer, session, {
    target: ClusterTarget.joinOrCreate(init.cluster),
    localIdentity: identity,
    discoveryUrl: init.discoveryUrl,
    daemonInfo: { name: 'chaos' },
    swarm,
    localMultiaddrs: [`/ip4/127.0.0.1/tcp/${init.gatePort}`],
    settings: { preset: 'lan' },
    log: (level, text, details) => {
      if (level === 'warn') console.error(text, details ?? '')
    }
  })
}

async function live(): Promise<void> {
  const calledAtMs = performance.now()
  const domain = await join().catch((error: unknown) => {
    const [code, message] = error instanceof AukiError ? [error.code, error.message] : ['unknown', String(error)]
    tell({ type: 'join-failed', code, message, tookMs: performance.now() - calledAtMs })
  })
  if (domain === undefined) return process.disconnect()
  const reporter = new Reporter(domain.clusterManager, tell)
  const reader = new TickReader(domain.clusterManager)
  process.on('message', (message: ToPeer) => {
    if (message === 'leave') void domain.leave()
    if (message === 'read') void reader.start().then(() => tell({ type: 'streams', ...reader.streams }))
    if (message !== 'beat') return
    tell({ type: 'streams', ...reader.streams })
    reporter.tellHeartbeatAge()
  })
  const why = await domain.closed
  reporter.stop()
  tell({ type: 'over', code: why?.code })
  process.disconnect()
}

process.on('disconnect', () => process.exit())
process.once('message', () => void live())
tell({ type: 'listening', port: Number(/\/tcp\/(\d+)/.exec(swarm.listenAddresses()[0]!)![1]) })
