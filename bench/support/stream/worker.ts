/** One side of one lane, in a process of its own; told what to do by the bench. */
import { initOf, onCall } from '@auki/testkit/processes'
import { jetstream } from './jetstream.ts'
import { type ConsumerSide, type Lane, type Load, Meter, nowNs, type ProducerSide } from './lane.ts'
import { log, recordings } from './log.ts'
import { nats, server } from './nats.ts'
import { ours } from './ours.ts'
import { raw } from './raw.ts'

const lanes: Readonly<Record<string, Lane>> = { stream: ours, log, raw, nats, jetstream }

/** What the process has done so far. */
export interface Mark {
  readonly atNs: number
  /** User and system time, µs. */
  readonly cpuUs: number
  readonly entries: number
  readonly queuedBytesMax: number
  readonly peakRssBytes: number
}

export type Order =
  | { readonly order: 'open'; readonly lane: string; readonly role: 'producer' | 'consumer' }
  | { readonly order: 'admit' | 'connect'; readonly with: unknown }
  | { readonly order: 'start'; readonly load: Load }
  | { readonly order: 'subscribe'; readonly bytes: number; readonly noteEvery: number }
  | { readonly order: 'mark' | 'latencies' | 'stop' }

let producer: ProducerSide | undefined
let consumer: ConsumerSide | undefined
let meter = new Meter(1)
let queuedBytesMax = 0

function mark(): Mark {
  const { user, system } = process.cpuUsage()
  return {
    atNs: nowNs(),
    cpuUs: user + system,
    entries: meter.entries,
    queuedBytesMax,
    peakRssBytes: process.resourceUsage().maxRSS * 1_024
  }
}

/** Looks at what waits to be sent in every turn of the event loop. */
function watchQueue(side: ProducerSide): void {
  queuedBytesMax = Math.max(queuedBytesMax, side.queuedBytes())
  setTimeout(watchQueue, 1, side)
}

async function obey(order: Order): Promise<unknown> {
  switch (order.order) {
    case 'open': {
      const lane = lanes[order.lane]!
      if (order.role === 'producer') {
        producer = await lane.produce()
        watchQueue(producer)
        return producer.address
      }
      consumer = await lane.consume()
      return consumer.identity
    }
    case 'admit':
      return producer!.admit(order.with)
    case 'connect':
      return consumer!.connect(order.with)
    case 'start':
      return producer!.start(order.load)
    case 'subscribe':
      meter = new Meter(order.noteEvery)
      return consumer!.subscribe(order.bytes, meter)
    case 'mark':
      return mark()
    case 'latencies':
      return Float64Array.from(meter.latenciesNs.splice(0))
    case 'stop':
      await consumer?.unsubscribe()
      return producer?.stop()
  }
}

const { natsPort, directory } = initOf<{ natsPort?: number; directory: string }>()
Object.assign(server, { port: natsPort })
recordings.directory = directory
onCall(obey)
