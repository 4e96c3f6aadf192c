/** A Discovery service that a test scripts, and that remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StubAnswer {
  readonly status: number
  readonly body?: unknown
}

export interface HttpStub extends AsyncDisposable {
  readonly url: string
  /** `METHOD /path`, in order. */
  readonly requests: readonly string[]
  /** Resolves when the next request of that kind has come. */
  next(request: string): Promise<void>
}

/** How the service says that there is no such row. */
export const noSuchCluster: StubAnswer = { status: 404, body: { error: 'no-such-cluster', message: 'there is no such cluster' } }

/** `answer`: what to say to `METHOD /path`; `undefined`: nothing, ever. */
export async function httpStub(answer: (request: string) => StubAnswer | undefined): Promise<HttpStub> {
  const requests: string[] = []
  const waiting: { readonly request: string; readonly resolve: () => void }[] = []
  const onRequest = (incoming: IncomingMessage, response: ServerResponse): void => {
    const request = `${incoming.method} ${incoming.url}`
    requests.push(request)
    for (const waiter of waiting.splice(0)) {
      if (waiter.request === request) waiter.resolve()
      else waiting.push(waiter)
    }
    const said = answer(request)
    if (said === undefined) return
    response.writeHead(said.status, { 'content-type': 'application/json', 'auki-discovery-version': '2' })
    response.end(JSON.stringify(said.body ?? {}))
  }
  const server = createServer(onRequest)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    next: (request) => new Promise((resolve) => waiting.push({ request, resolve })),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
