/** Our stream, as a log is streamed: entries as bytes, in the batches there are. */
import {
  type EntryBatch,
  type EntryBatches,
  EntrySource,
  emptyManifest,
  type PeerAddresses,
  type StreamProvider,
  type StreamSubscription
} from '@auki/network'
import { nodeOf } from '../../../packages/network/src/swarm/swarm.ts'
import { startBarePeer } from '../bare-peer.ts'
import { type ConsumerSide, type Lane, type Load, type Meter, type ProducerSide, pace, paced } from './lane.ts'
import { queuedMax, socketBytes } from './queue.ts'

/** What a cursor of a log hands over at once. */
const batchBytes = 1_048_576
const timestampNs = 1_700_000_000_000_000_000n

/** A source that has as much as is wanted, or what was sent since it was asked last. */
class Entries implements EntryBatches {
  readonly #ready: EntryBatch | undefined
  #sent: EntryBatch['entries'][number][] = []
  #wake = () => {}
  #closed = false
  readonly #stopPace: () => void = () => {}

  constructor(load: Load) {
    const { bytes } = load
    if (paced(load)) {
      this.#stopPace = pace(load, (payload) => {
        this.#sent.push({ timestampNs, bytes: payload })
        this.#wake()
      })
      return
    }
    const entry = { timestampNs, bytes: new Uint8Array(bytes) }
    const count = Math.max(1, Math.floor(batchBytes / (bytes + 12)))
    this.#ready = { history: false, entries: Array.from({ length: count }, () => entry) }
  }

  async next(): Promise<EntryBatch | undefined> {
    if (this.#closed) return undefined
    if (this.#ready !== undefined) return this.#ready
    if (this.#sent.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#closed ? undefined : { history: false, entries: this.#sent.splice(0) }
  }

  close(): void {
    this.#closed = true
    this.#stopPace()
    this.#wake()
  }
}

export interface OurProducerSide extends ProducerSide {
  /** Entries written to the subscriber; `undefined` while there is none. */
  sent(): bigint | undefined
}

/** Our producer's side with a provider that is made for each load. */
export async function produceWith(providerOf: (load: Load) => StreamProvider): Promise<OurProducerSide> {
  let provider: StreamProvider = () => ({ decline: { kind: 'sensor_unavailable' } })
  const { swarm, runtime, addresses } = await startBarePeer({
    streamProvider: (...asked) => provider(...asked),
    listen: ['/ip4/127.0.0.1/tcp/0']
  })
  return {
    address: addresses,
    admit: async (consumer) => void runtime.setAllowedPeers([consumer as PeerAddresses]),
    start: (load) => {
      provider = providerOf(load)
    },
    stop: async () => {},
    sent: () => runtime.outboundStreams()[0]?.sent,
    queuedBytes: () => {
      const streams = nodeOf(swarm)
        .libp2p.getConnections()
        .flatMap((connection) => connection.streams)
      return socketBytes() + streams.reduce((sum, stream) => sum + queuedMax(stream), 0)
    }
  }
}

export async function consumeOurs(): Promise<ConsumerSide> {
  const { runtime, addresses } = await startBarePeer()
  let producer: PeerAddresses
  let subscription: StreamSubscription<'bytes'>
  return {
    identity: addresses,
    connect: async (address) => {
      producer = address as PeerAddresses
      runtime.setAllowedPeers([producer])
      await runtime.waitConnected(producer.peerId)
    },
    subscribe: async (_bytes, meter) => {
      subscription = await runtime.openStream(producer.peerId, { resourceId: 'bench' }, 'bytes')
      void read(subscription, meter)
    },
    unsubscribe: () => subscription.cancel()
  }
}

async function read(subscription: StreamSubscription<'bytes'>, meter: Meter): Promise<void> {
  for await (const { payload } of subscription) meter.entry(payload)
}

const manifest = { ...emptyManifest, resourceId: 'bench' }

export const ours: Lane = {
  produce: () => produceWith((load) => () => ({ accept: { kind: 'bytes', manifest, source: new EntrySource(new Entries(load)) } })),
  consume: consumeOurs
}
