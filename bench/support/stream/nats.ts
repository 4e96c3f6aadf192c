/** NATS with its official client: a publisher and a subscriber over a `nats-server` on loopback, which does not encrypt. */
import { connect, type NatsConnection, type Subscription } from '@nats-io/transport-node'
import { type Lane, type Load, type Meter, pace, paced } from './lane.ts'
import { socketBytes } from './queue.ts'

const subject = 'bench'
/** Published before the publisher waits for the server. */
export const aheadBytes = 1_048_576

/** The port of the server; set before the first connection. */
export const server: { port?: number } = {}

export const open = (): Promise<NatsConnection> => connect({ servers: `127.0.0.1:${server.port}` })

async function produce() {
  const connection = await open()
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
    for (let i = 0; i < ahead; i++) connection.publish(subject, payload)
    await connection.flush()
  }
}

async function consume() {
  const connection = await open()
  let subscription: Subscription
  return {
    identity: undefined,
    connect: async () => {},
    subscribe: async (_bytes: number, meter: Meter) => {
      subscription = connection.subscribe(subject, { callback: (_error, { data }) => meter.entry(data) })
      await connection.flush()
    },
    unsubscribe: async () => subscription.unsubscribe()
  }
}

export const nats: Lane = { produce, consume }
