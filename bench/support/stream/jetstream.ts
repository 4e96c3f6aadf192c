/**
 * NATS with file storage (JetStream), which keeps what it carries as a log does: a publisher that waits for the acknowledgement of every so many entries, and a
 * consumer to which the server pushes. Spoken over the plain client: the requests are JSON.
 */
import type { NatsConnection } from '@nats-io/transport-node'
import type { Lane } from './lane.ts'
import { consumer, open, producer } from './nats.ts'

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
  return producer(connection, { subject, burst })
}

/** The acknowledgement of the last one is that of all. */
function burst(connection: NatsConnection, payload: Uint8Array, entries: number): Promise<unknown> {
  for (let i = 1; i < entries; i++) connection.publish(subject, payload)
  return connection.request(subject, payload, { timeout: requestMs })
}

async function consume() {
  const connection = await open()
  return consumer(async (meter) => {
    const deliver = `deliver.${crypto.randomUUID()}`
    const subscription = connection.subscribe(deliver, { callback: (_error, { data }) => meter.entry(data) })
    const config = { deliver_subject: deliver, deliver_policy: 'new', ack_policy: 'none', replay_policy: 'instant', max_deliver: -1 }
    await ask(connection, 'CONSUMER.CREATE.bench', { stream_name: 'bench', config })
    return subscription
  })
}

export const jetstream: Lane = { produce, consume }
