/** A peer of a chaos run: it joins when told to, and reports what it believes to be. */
import { AukiError, createSwarm, type Domain, PeerIdentity } from '@auki/domain'
import { finish, initOf, newcomer, onCall, tell } from '@auki/testkit/processes'
import { dialFrom } from './dial-from.ts'
import type { FromPeer, PeerInit, ToPeer } from './messages.ts'
import { Reporter } from './reporter.ts'
import { startTicking, TickReader } from './ticks.ts'

const init = initOf<PeerInit>()
dialFrom(init.sourceAddress)
const identity = PeerIdentity.fromSeed(Buffer.from(init.identitySeed, 'hex'))
const swarm = await createSwarm(identity, { listen: ['/ip4/127.0.0.1/tcp/0'] })

/** What is asked before that waits for it. */
const joined = Promise.withResolvers<(call: ToPeer) => void>()
const report = (message: FromPeer): void => tell(message)

async function join(): Promise<Domain> {
  const here = await newcomer('chaos', identity)
  await startTicking(here.peer, here.session)
  return here.join(init, {
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
    report({ type: 'join-failed', code, message, tookMs: performance.now() - calledAtMs })
  })
  if (domain === undefined) return finish()
  const reporter = new Reporter(domain.clusterManager, report)
  const reader = new TickReader(domain.clusterManager)
  const obey = (call: ToPeer): void => {
    if (call === 'leave') void domain.leave()
    if (call === 'read') void reader.start().then(() => report({ type: 'streams', ...reader.streams }))
    if (call !== 'beat') return
    report({ type: 'streams', ...reader.streams })
    reporter.tellHeartbeatAge()
  }
  joined.resolve(obey)
  const why = await domain.closed
  reporter.stop()
  report({ type: 'over', code: why?.code })
  finish()
}

onCall(async (call: ToPeer) => (call === 'go' ? live() : (await joined.promise)(call)))
report({ type: 'listening', port: Number(/\/tcp\/(\d+)/.exec(swarm.listenAddresses()[0]!)![1]) })
