/** A Discovery service that answers what a test says. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import { DiscoveryClient } from '../discovery/client.ts'
import type { DiscoveryClientOptions } from '../discovery/types.ts'

export const peerId = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
export const relayId = '12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq'
export const versioned = { 'Auki-Discovery-Version': '2' }

/** How our service says that there is no such row. */
export const absent = { error: 'no-such-cluster', message: 'there is no cluster "lab"' }

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Answer = [status: number, body?: unknown, headers?: Record<string, string>]

const servers: Server[] = []
afterEach(stopServices)

/** Stops all there are; nobody is there afterwards. */
export async function stopServices(): Promise<void> {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

/** A service that answers what the test says; `sockets` counts connections. */
export async function startService(
  answer: (seen: Seen, response: ServerResponse) => Answer | undefined,
  options: DiscoveryClientOptions = {}
) {
  const seen: Seen[] = []
  const counts = { sockets: 0 }
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray()
    const { method = '', url = '', headers } = request
    seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
    const said = answer(seen.at(-1)!, response)
    if (!said) return
    const [status, body = '', extra = versioned] = said
    response.writeHead(status, extra)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  server.on('connection', () => counts.sockets++)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { client: new DiscoveryClient(`${url}//`, options), seen, counts, url }
}

export const row = (fields: object = {}) => ({
  name: 'lab',
  manager_peer_id: peerId,
  manager_multiaddrs: ['/ip4/192.0.2.1/tcp/4001'],
  relay_multiaddrs: [],
  peer_count: 1,
  created_ns: 1,
  last_liveness_check_ns: 2,
  revision: 7,
  sweep_after_ms: 3000,
  instance: 'i',
  ...fields
})
export const entry = {
  name: 'lab',
  managerPeerId: peerId,
  managerMultiaddrs: ['/ip4/192.0.2.1/tcp/4001'],
  relayMultiaddrs: [],
  peerCount: 1,
  createdNs: 1n,
  lastLivenessCheckNs: 2n,
  revision: 7,
  sweepAfterMs: 3_000,
  instance: 'i'
}
export const reference = { ...row(), relay_multiaddrs: undefined, revision: undefined, sweep_after_ms: undefined, instance: undefined }
export const { revision: _revision, sweepAfterMs: _sweepAfterMs, ...oldEntry } = { ...entry, instance: '' }
export const claim = { managerPeerId: peerId, managerMultiaddrs: ['/ip4/192.0.2.1/tcp/4001'] }
