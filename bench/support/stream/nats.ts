/** NATS with its official client: a publisher and a subscriber over a `nats-server` on loopback, which does not encrypt. */
import { connect, type NatsConnection, type Subscription } from '@nats-io/transport-node'
import { type Lane, type Load, type Meter, pace, paced } from './lane.ts'
import { socketBytes } from './queue.ts'

const subject = 'bench'
/** Published before the publisher waits for the server. */
const aheadBytes = 1_048_576

/** The port of the server; set before the first connection. */
export const server: { port?: number } = {}

export const open = (): Promise<NatsConnection> => connect({ servers: `127.0.0.1:${server.port}` })

export interface Publishing {
  readonly subject: string
  /** Publishes the payload so many times; resolves when the server has taken them. */
  readonly burst: (connection: NatsConnection, payload: Uint8Array, entries: number) => Promise<unknown>
}

/** The producer of a lane over NATS. */
export function producer(connection: NatsConnection, publishing: Publishing) {
  let stop = () => {}
  return {
    address: undefined,
    admit: async () => {},
    start: (load: Load) => {
      const over = new AbortController()
      stop = () => over.abort()
      void publish(connection, publishing, load, over.signal)
    },
    stop: async () => stop(),
    queuedBytes: socketBytes
  }
}

async function publish(connection: NatsConnection, { subject, burst }: Publishing, load: Load, over: AbortSignal): Promise<void> {
  if (paced(load)) {
    const end = pace(load, (payload) => connection.publish(subject, payload))
    over.addEventListener('abort', end)
    return
  }
  const payload = new Uint8Array(load.bytes)
  const ahead = Math.max(1, Math.floor(aheadBytes / load.bytes))
  while (!over.aborted) await burst(connection, payload, ahead)
}

function burst(connection: NatsConnection, payload: Uint8Array, entries: number): Promise<void> {
  for (let i = 0; i < entries; i++) connection.publish(subject, payload)
  return connection.flush()
}

/** The consumer of a lane over NATS. */
export function consumer(subscribe: (meter: Meter) => Promise<Subscription>) {
  let subscription: Subscription
  return {
    identity: undefined,
    connect: async () => {},
    subscribe: async (_bytes: number, meter: Meter) => {
      subscription = await subscribe(meter)
    },
    unsubscribe: async () => subscription.unsubscribe()
  }
}

async function consume() {
  const connection = await open()
  return consumer(async (meter) => {
    const subscription = connection.subscribe(subject, { callback: (_error, { data }) => meter.entry(data) })
    await connection.flush()
    return subscription
  })
}

export const nats: Lane = { produce: async () => producer(await open(), { subject, burst }), consume }
