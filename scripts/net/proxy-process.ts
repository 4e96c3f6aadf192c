/** A reverse proxy on a host of the lab that hands event streams on when they end, as some do, and tells of every request. */
import { createServer, request } from 'node:http'
import { initOf, onCall, tell } from '@auki/testkit/processes'
import { nowMs } from './messages.ts'

export interface ProxyInit {
  readonly port: number
  readonly target: string
}

export interface ProxyTold {
  readonly atMs: number
  readonly method: string
  readonly path: string
  /** Of the peer. */
  readonly address: string
  readonly isEventStream: boolean
}

const { port, target } = initOf<ProxyInit>()

const server = createServer((asked, answer) => {
  const { method = '', url: path = '', headers } = asked
  const onward = request(new URL(path, target), { method, headers: { ...headers, host: new URL(target).host } }, (response) => {
    const isEventStream = /event-stream/.test(response.headers['content-type'] ?? '')
    tell<ProxyTold>({ atMs: nowMs(), method, path, address: asked.socket.remoteAddress ?? '', isEventStream })
    const chunks: Buffer[] = []
    if (!isEventStream) {
      answer.writeHead(response.statusCode!, response.headers)
      response.pipe(answer)
      return
    }
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => {
      answer.writeHead(response.statusCode!, response.headers)
      answer.end(Buffer.concat(chunks))
    })
    response.on('error', () => answer.destroy())
  })
  onward.on('error', () => answer.destroy())
  asked.pipe(onward)
  answer.on('close', () => onward.destroy())
})
const listening = new Promise<void>((resolve) => server.listen(port, '0.0.0.0', resolve))
onCall(() => listening)
