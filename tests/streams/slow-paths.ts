/** The ways on which we read from peers, and peers from us, for the suite of slow readers. */
import { logStreamProvider, Peer, rosBody } from '@auki/domain'
import type { StreamItem, StreamProvider } from '@auki/network'
import type { ReadingPath, SlowReading } from '@auki/testkit'
import type { Stream } from '@libp2p/interface'
import { FrameInput } from '../../packages/network/src/exchange/frames.ts'
import { Substream } from '../../packages/network/src/exchange/substream.ts'
import * as heartbeat from '../../packages/network/src/protocols/heartbeat.ts'
import { streamHandOffMax } from '../../packages/network/src/protocols/limits.ts'
import { nodeOf } from '../../packages/network/src/swarm/swarm.ts'
import { startPeer, type TestPeer } from '../../packages/network/src/testing/peers.ts'
import type { OtherNode, OtherStream } from './slow-others.ts'
import { protocol, serving } from './support.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const windowBytesMax = 1_048_576
const handOffBytesMax = 4 * 1_048_576
/** Written at once; both sides may have one in their hands, as they may an entry. */
const pieceBytesMax = 65_536

/** A window, and what a subscription holds. */
const aheadBytesMax = (bytes: number): number =>
  windowBytesMax + Math.min(streamHandOffMax * bytes, handOffBytesMax) + 2 * (bytes + pieceBytesMax)

const ofStreams = { payloadBytesMax: 16_777_000, aheadBytesMax, cutIs: 'error' } as const

/** The substream of a protocol on which a node of ours sends. */
function sendingStream({ swarm }: TestPeer, of = protocol): Stream & { readonly sendWindowCapacity: number } {
  const all = nodeOf(swarm)
    .libp2p.getConnections()
    .flatMap(({ streams }) => streams)
  return all.find((stream) => stream.protocol === of) as Stream & { readonly sendWindowCapacity: number }
}

/** Our producer's side of a transfer. */
function ourSender(producer: TestPeer): Pick<SlowReading, 'sent' | 'blocked' | 'cut' | 'abandoned'> {
  const stream = sendingStream(producer)
  let sent = 0
  return {
    sent: () => (sent = Number(producer.runtime.outboundStreams()[0]?.sent ?? sent)),
    blocked: () => stream.sendWindowCapacity === 0,
    cut: () => stream.abort(new Error('cut by the test')),
    abandoned: () => stream.status !== 'open'
  }
}

/** Payloads as a producer's source: an empty one is never there. */
async function* source(payloads: Iterable<Uint8Array>): AsyncGenerator<StreamItem<'bytes'>> {
  for (const payload of payloads) {
    if (payload.length === 0) await new Promise(() => {})
    yield { timestampNs: 0n, payload }
  }
}

/** A consumer of ours, and its part of a transfer. */
async function subscribe(consumer: TestPeer, peerId: string): Promise<Pick<SlowReading, 'next' | 'giveUp'>> {
  const subscription = await consumer.runtime.openStream(peerId, { resourceId: 'cam', from: 'from_start' }, 'bytes')
  const entries = subscription[Symbol.asyncIterator]()
  return {
    next: async () => (await entries.next()).value?.payload,
    giveUp: () => void subscription.cancel()
  }
}

/** Makes the node a member, and connects to it. */
async function dial({ runtime }: TestPeer, node: OtherNode): Promise<void> {
  runtime.setAllowedPeers([node])
  await runtime.waitConnected(node.peerId)
}

async function connect(a: TestPeer, b: TestPeer): Promise<void> {
  a.runtime.setAllowedPeers([b])
  b.runtime.setAllowedPeers([a])
  await Promise.all([a.runtime.waitConnected(b.peerId), b.runtime.waitConnected(a.peerId)])
}

async function ourPair(streamProvider: StreamProvider, sessionEnded = () => false): Promise<SlowReading> {
  const [producer, consumer] = await Promise.all([startPeer({ streamProvider, sessionEnded }), startPeer()])
  await connect(producer, consumer)
  const reader = await subscribe(consumer, producer.peerId)
  return { ...reader, ...ourSender(producer), close: async () => {} }
}

/** A stream from a source of an app. */
export const sourceStream: ReadingPath = { ...ofStreams, open: (payloads) => ourPair(serving(source(payloads))) }

/** A log that is played back from its start. */
export const logStream: ReadingPath = {
  ...ofStreams,
  async open(payloads) {
    const peer = new Peer({ peerId: 'camera', appId: 'test' })
    const frame = await peer.registerFrame('base', rosBody)
    const sensor = await peer.registerSensor('cam', { kind: 'rf', type: 'wifi', frame })
    const session = await peer.startSession()
    const log = await session.registerSensorLog({ sensor, head: { kind: 'fixed' } })
    let open = false
    let timestampNs = 0n
    for (const payload of payloads) {
      if (payload.length === 0) open = true
      else await log.append({ timestampNs: timestampNs++, payload })
    }
    if (!open) await log.seal()
    return ourPair(logStreamProvider(session), () => session.ended)
  }
}

/** A stream of a node of another make, read by us. */
export const streamFrom = (start: () => Promise<OtherNode>): ReadingPath => ({
  ...ofStreams,
  async open(payloads) {
    const [node, consumer] = await Promise.all([start(), startPeer()])
    const sender = node.serve(protocol, payloads)
    await dial(consumer, node)
    const reader = await subscribe(consumer, node.peerId)
    return { ...reader, ...sending(await sender), close: () => node.stop() }
  }
})

/** A stream of ours, read by a node of another make. */
export const streamTo = (start: () => Promise<OtherNode>, windowBytes: number): ReadingPath => ({
  payloadBytesMax: 3_000_000,
  cutIs: undefined,
  aheadBytesMax: (bytes) => windowBytes + 2 * (bytes + pieceBytesMax),
  async open(payloads) {
    const [node, producer] = await Promise.all([start(), startPeer({ streamProvider: serving(source(payloads)) })])
    await dial(producer, node)
    const reader = await node.open(protocol)
    const close = async (): Promise<void> => {
      reader.giveUp()
      await node.stop()
    }
    return { ...reader, ...ourSender(producer), close }
  }
})

const sending = (stream: OtherStream): Pick<SlowReading, 'sent' | 'blocked' | 'cut' | 'abandoned'> => ({
  sent: () => stream.sent(),
  blocked: () => stream.blocked(),
  cut: () => stream.cut(),
  abandoned: () => stream.over()
})

/** What reads requests and answers. */
export const framesFrom = (start: () => Promise<OtherNode>): ReadingPath => ({
  payloadBytesMax: 1_048_576,
  aheadBytesMax: (bytes) => windowBytesMax + 2 * (bytes + pieceBytesMax),
  cutIs: 'error',
  async open(payloads) {
    const rules = { capBytes: 1_048_576, allowEmpty: false }
    const [node, ours] = await Promise.all([start(), startPeer()])
    const { libp2p } = nodeOf(ours.swarm)
    const opened = Promise.withResolvers<Substream>()
    await libp2p.handle('/test/frames', (stream) => opened.resolve(new Substream(stream)))
    await dial(ours, node)
    const sender = await node.send('/test/frames', payloads)
    const substream = await opened.promise
    const input = new FrameInput(substream, rules)
    return {
      next: () => input.next(new AbortController().signal),
      giveUp: () => substream.reset(new Error('given up by the test')),
      ...sending(sender),
      close: () => node.stop()
    }
  }
})

/** A heartbeat carrier: each beat is handed over when it comes, and names its payload where a clock's name belongs. */
export const carrierFrom = (start: () => Promise<OtherNode>): ReadingPath => ({
  payloadBytesMax: 500,
  aheadBytesMax: undefined,
  cutIs: 'end',
  async open(payloads) {
    // No rests: what is judged here is that nothing is lost on the way, not who is read how often.
    const [node, ours] = await Promise.all([start(), startPeer({ limits: { decodeRestRatio: 0 } })])
    await dial(ours, node)
    const sender = await node.send(heartbeat.PROTOCOL_ID, beats(payloads))
    let at = 0
    return {
      next: async () => {
        for (; ; at++) {
          while (ours.events[at] === undefined) await turn()
          const event = ours.events[at]!
          if (event.type === 'heartbeat-stream-closed') return undefined
          if (event.type !== 'heartbeat-received') continue
          at++
          return new Uint8Array(Buffer.from(event.heartbeat.clockHash, 'base64'))
        }
      },
      giveUp: () => ours.runtime.setAllowedPeers([]),
      ...sending(sender),
      close: () => node.stop()
    }
  }
})

function* beats(payloads: Iterable<Uint8Array>): Generator<Uint8Array> {
  let sequence = 0n
  for (const payload of payloads) {
    sequence += 1n
    if (payload.length === 0) yield payload
    else
      yield heartbeat.encode({
        sentAtUnixNs: 0n,
        // A carrier has one clock.
        clockId: 'clock',
        clockHash: Buffer.from(payload).toString('base64'),
        sequence,
        sentAtClockNs: 0n
      })
  }
}
