/** A proxy between a peer and Discovery that holds event streams back until they end, as some do by default. */
import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDiscoveryServer, type DiscoveryServer } from '@auki/discovery'
import { PeerIdentity } from '@auki/identity'
import { DiscoveryClient, type DiscoveryWatchEvent } from '@auki/network'
import { afterAll, beforeAll, expect, test } from 'vitest'

let discovery: DiscoveryServer
let proxy: Server
beforeAll(async () => {
  discovery = await createDiscoveryServer()
  proxy = bufferingProxy(discovery.url)
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
})
afterAll(async () => {
  proxy.closeAllConnections()
  proxy.close()
  await discovery.close()
})

function bufferingProxy(target: string): Server {
  return createServer((incoming, outgoing) => {
    const { method, headers, url = '/' } = incoming
    const onward = request(new URL(url, target), { method, headers }, (answer) => {
      void answer.toArray().then(
        (chunks) => outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(chunks)),
        () => outgoing.destroy()
      )
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
}

test('a watch through it shows what happens to the row all the same, and says once what is wrong', async () => {
  const warnings: string[] = []
  const log = (_level: string, message: string) => void warnings.push(message)
  const client = new DiscoveryClient(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, { log })
  const claim = { managerPeerId: PeerIdentity.fromSeed(new Uint8Array(32).fill(9)).peerId, managerMultiaddrs: ['/ip4/10.0.0.1/tcp/1'] }
  const stop = new AbortController()
  const seen = new Told()
  const done = client.watch('lab', {
    signal: stop.signal,
    onUp: () => undefined,
    onDown: () => undefined,
    onEvent: (event) => seen.add(event)
  })
  await seen.until(({ row }) => row === undefined)
  await client.create('lab', claim)
  await seen.until(({ row }) => row?.managerPeerId === claim.managerPeerId)
  await client.remove('lab', {})
  await seen.until(({ row }) => row === undefined)
  expect(warnings).toEqual([expect.stringContaining('buffer')])
  stop.abort()
  await done
})

/** What a watch tells, to be waited for. */
class Told {
  #waiting: { readonly fits: (event: DiscoveryWatchEvent) => boolean; readonly found: () => void } | undefined

  add(event: DiscoveryWatchEvent): void {
    if (this.#waiting?.fits(event)) this.#waiting.found()
  }

  /** The next one that fits. */
  until(fits: (event: DiscoveryWatchEvent) => boolean): Promise<void> {
    return new Promise((found) => {
      this.#waiting = { fits, found }
    })
  }
}
