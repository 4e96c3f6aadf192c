/** The parts of a runtime, put together: which of them knows which. What they do with each other is in `runtime.ts`. */
import { NoWayError, ResetError } from '../exchange/exchange-errors.ts'
import { Lingering } from '../exchange/lingering.ts'
import { type EnsureConnected, Outgoing } from '../exchange/outgoing.ts'
import { Reading } from '../exchange/reading.ts'
import { declineAllStreams } from '../streams/stream-api.ts'
import { StreamClient } from '../streams/stream-client.ts'
import { StreamServer } from '../streams/stream-server.ts'
import { nodeOf } from '../swarm/swarm.ts'
import { AllowList } from './allow-list.ts'
import { BesideDials } from './beside-dials.ts'
import { Carriers } from './carriers.ts'
import { type ConnectionSink, Connections } from './connections.ts'
import { Dialer } from './dialer.ts'
import { Doubts } from './doubts.ts'
import { Gone } from './gone.ts'
import { Inbound } from './inbound.ts'
import { envOf, type RuntimeInit } from './init.ts'
import type { LivenessEvent } from './peer-runtime.ts'
import { Probe } from './probe.ts'
import { Reach } from './reach.ts'
import { Relaying } from './relaying.ts'
import { opener, Requests } from './requests.ts'
import { Reunions } from './reunions.ts'
import { SignsOfLife } from './signs-of-life.ts'
import { Strangers } from './strangers.ts'
import { Waits } from './waits.ts'

/** What the parts tell the runtime. */
export interface PartsSink extends ConnectionSink {
  emit(event: LivenessEvent): void
}

/** Everything a runtime is made of. */
export type Parts = ReturnType<typeof partsOf>

export function partsOf(init: RuntimeInit, sink: PartsSink) {
  const { heartbeatSource: source, areMembers = () => true } = init
  const env = envOf(init)
  const node = nodeOf(init.swarm)
  const members = new AllowList()
  const connections = new Connections(node, sink, () => env.timers.monoMs())
  const lingering = new Lingering(env)
  const reach = new Reach({ node, timers: env.timers, dialPrivate: init.dialPrivate ?? true })
  const waits = { connection: new Waits(), dial: new Waits() }
  const settled = (peerId: string, error: Error | undefined) => {
    if (error) waits.dial.reject(peerId, error)
  }
  const dialer = new Dialer({ env, node, members, connections, reach, settled })
  const reading = new Reading(env)
  const signs = new SignsOfLife(env, (peerId) => void (members.has(peerId) && sink.emit({ type: 'seen', peerId })))
  const heard = (peerId: string, protocol: string) => signs.bytes(peerId, protocol)
  const open = opener(connections, heard)
  const relaying = new Relaying(
    { ...{ env, node, members, connections, reach, dialer }, moved: (peerId) => carriers.renew(peerId) },
    init.relay
  )
  const connect = connector({ members, connections, dialer, waits: waits.dial, relaying })
  const outgoing = new Outgoing({ env, open, connect })
  const reunions = new Reunions({
    env,
    areMembers: (peerId) => members.has(peerId) && areMembers(peerId),
    isConnected: (peerId) => connections.has(peerId),
    dial: (peerId) => dialer.dialNow(peerId)
  })
  const carriers = new Carriers({ env, source, members, connections, open, reading, emit: sink.emit })
  const beside = new BesideDials({ env, reach, mayDial: (peerId) => dialer.mayDial(peerId) })
  const isDialable = () => node.candidates().length > 0
  const doubts = new Doubts({ env, localPeerId: init.swarm.peerId, members, connections, carriers, beside, isDialable })
  const mayConnect = () => dialer.mayConnect()
  const gone = new Gone({ env, members, connections, reach, mayConnect, gone: (peerId) => sink.emit({ type: 'process-gone', peerId }) })
  const { streamProvider: provider = declineAllStreams(), sessionEnded = () => false } = init
  return {
    ...{
      env,
      node,
      members,
      connections,
      reach,
      waits,
      dialer,
      lingering,
      outgoing,
      reunions,
      relaying,
      carriers,
      beside,
      doubts,
      gone,
      signs,
      contact: { connections, connect, nowMs: () => env.timers.monoMs() }
    },
    requests: new Requests({ env, outgoing, lingering }),
    inbound: new Inbound({ env, node, members, lingering, reading, heard }),
    strangers: new Strangers(env, (peerId) => connections.disconnect(peerId)),
    probe: new Probe({ env, connections }),
    streamServer: new StreamServer({ env, reading, provider, sessionEnded }),
    streamClient: new StreamClient({ env, outgoing, lingering, peers: reunions })
  }
}

interface ConnectorNeeds {
  readonly members: AllowList
  readonly connections: Connections
  readonly dialer: Dialer
  /** Those who need the dial under way to succeed. */
  readonly waits: Waits
  readonly relaying: Relaying
}

function connector({ members, connections, dialer, waits, relaying }: ConnectorNeeds): EnsureConnected {
  return (peerId, signal) => {
    if (connections.has(peerId)) return Promise.resolve()
    if (members.has(peerId) && relaying.hasNoWayTo(peerId)) {
      dialer.dialNow(peerId)
      return Promise.reject(new NoWayError(dialer.failureOf(peerId)?.message))
    }
    if (members.addresses(peerId).length === 0) return Promise.reject(new ResetError('not connected, and no address to dial'))
    const waiting = waits.wait(peerId, signal)
    dialer.dialNow(peerId)
    return waiting
  }
}
