/**
 * NATS with file storage (JetStream), which keeps what it carries as a log does: a publisher that waits for the acknowledgement of every so many entries, and a
 * consumer to which the server pushes. Spoken over the plain client: the requests are JSON.
 */
import type { NatsConnection, Subscription } from '@nats-io/transport-node'
import { type Lane, type Load, type Meter, pace, paced } from './lane.ts'
import { aheadBytes, open } from './nats.ts'
import { socketBytes } from './queue.ts'

const subject = 'kept'
const requestMs = 10_000
/** As long as the log lane keeps its entries. */
const keptNs = 1_000_000_000

async function ask(connection: NatsConnection, api: string, body: unknown): Promise<void> {
  const answer = await connection.request(`$JS.API.${api}`, JSON.stringify(body), { timeout: requestMs })
  const { error } = answer.json<{ error?: { description: string } }>()
  if (error !== undefined) throw new Error(`${api}: ${error.description}`)
}

async function produce() {
  const connection = await open()
  await connection.request(`$JS.API.STREAM.DELETE.bench`, '', { timeout: requestMs })
  const stream = { name: 'bench', subjects: [subject], storage: 'file', retention: 'limits', max_age: keptNs, duplicate_window: keptNs }
  await ask(connection, 'STREAM.CREATE.bench', {
    ...stream,
    num_replicas: 1,
    max_msgs: -1,
    max_bytes: -1,
    max_msg_size: -1,
    discard: 'old'
  })
  let stop = () => {}
  return {
    address: undefined,
    admit: async () => {},
    start: (load: Load) => {
      const over = new AbortController()
      stop = () => over.abort()
      void publish(connection, load, over.signal)
    },
    stop: async () => stop(),
    queuedBytes: socketBytes
  }
}

async function publish(connection: NatsConnection, load: Load, over: AbortSignal): Promise<void> {
  if (paced(load)) {
    const end = pace(load, (payload) => connection.publish(subject, payload))
    over.addEventListener('abort', end)
    return
  }
  const payload = new Uint8Array(load.bytes)
  const ahead = Math.max(1, Math.floor(aheadBytes / load.bytes))
  while (!over.aborted) {
    for (let i = 1; i < ahead; i++) connection.publish(subject, payload)
    await connection.request(subject, payload, { timeout: requestMs })
  }
}

async function consume() {
  const connection = await open()
  let subscription: Subscription
  return {
    identity: undefined,
    connect: async () => {},
    subscribe: async (_bytes: number, meter: Meter) => {
      const deliver = `deliver.${crypto.randomUUID()}`
      subscription = connection.subscribe(deliver, { callback: (_error, { data }) => meter.entry(data) })
      const config = { deliver_subject: deliver, deliver_policy: 'new', ack_policy: 'none', replay_policy: 'instant', max_deliver: -1 }
      await ask(connection, 'CONSUMER.CREATE.bench', { stream_name: 'bench', config })
    },
    unsubscribe: async () => subscription.unsubscribe()
  }
}

export const jetstream: Lane = { produce, consume }
