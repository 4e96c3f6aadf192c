import { multiaddr } from '@multiformats/multiaddr'
import type { SwarmNode } from '../swarm/swarm.ts'
import { raceAbort, toError } from './abort.ts'
import { dialFirst } from './dial.ts'
import type { RuntimeEnv } from './env.ts'
import { DeadlineError, RequestError } from './errors.ts'
import { Exchange } from './exchange.ts'

const protocol = '/libp2p/circuit/relay/0.2.0/hop'

/** Connects to a relay and listens there; `onRelay` is told its peer id as soon as it is known. Resolves to our address at that relay. */
export async function reserveAtRelay(
  env: RuntimeEnv,
  node: SwarmNode,
  relayMultiaddr: string,
  onRelay: (peerId: string) => void,
  options: { readonly signal?: AbortSignal; readonly timeoutMs: number }
): Promise<string> {
  using exchange = new Exchange(env, options.signal)
  const { signal } = exchange
  const reserve = async () => {
    const address = multiaddr(relayMultiaddr)
    const { remotePeer } = await dialFirst(node.parts, env.timers, [address], signal)
    onRelay(remotePeer.toString())
    const base = address.getComponents().at(-1)?.name === 'p2p' ? address : address.encapsulate(`/p2p/${remotePeer}`)
    await raceAbort(node.parts.transportManager.listen([base.encapsulate('/p2p-circuit')]), signal)
    return `${base}/p2p-circuit/p2p/${node.libp2p.peerId}`
  }
  try {
    return await exchange.within('reserve', options.timeoutMs, reserve)
  } catch (thrown) {
    options.signal?.throwIfAborted()
    const cause = signal.aborted ? signal.reason : thrown
    const [code, details] =
      cause instanceof DeadlineError
        ? (['timeout', { phase: cause.phase, durationMs: cause.durationMs }] as const)
        : (['open-stream', { reason: 'io' }] as const)
    const message = `no reservation at the relay ${relayMultiaddr}: ${toError(cause).message}; check its address and that it has room`
    throw new RequestError(code, message, { ...details, relayMultiaddr, protocol }, { cause })
  }
}
